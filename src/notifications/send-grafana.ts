import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Message } from './message.ts';
import type { Destination } from './receiver.ts';
import { request } from './request.ts';

type Grafana = Extract<Destination, { kind: 'grafana' }>;

const found = z.array(z.object({ id: z.number(), tags: z.array(z.string()), time: z.number(), timeEnd: z.number().optional() }));

/**
 * A region over each fault: an annotation when it is injected, that gets its end when it is undone.
 * The API: https://grafana.com/docs/grafana/latest/developers/http_api/annotations/. Which annotation a fault has is asked of Grafana
 * by its tags, so that what is sent again makes no second one.
 */
export async function sendGrafana(to: Grafana, { id, event, run, text }: Message, signal: AbortSignal): Promise<void> {
  const call = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) =>
    request(
      {
        method,
        url: `${to.url}/api/annotations${path}`,
        headers: { authorization: `Bearer ${readFileSync(to.tokenFile, 'utf8').trim()}`, accept: 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      },
      signal,
    );
  const find = async (...tags: string[]) => {
    const query = new URLSearchParams({ type: 'annotation', limit: '100' });
    for (const tag of tags) query.append('tags', tag);
    const all = found.parse(JSON.parse(await call('GET', `?${query}`)));
    return all.toSorted((a, b) => b.time - a.time);
  };
  const place = { ...(to.dashboardUid !== null && { dashboardUID: to.dashboardUid }), ...(to.panelId !== null && { panelId: to.panelId }) };
  const tags = ['squall', `campaign:${run.campaign}`, `run:${run.id}`, ...to.tags];
  if (event.type === 'fault.injected') {
    if ((await find(`squall:${id}`)).length > 0) return;
    const of = [...tags, `fault:${event.fault}`, `experiment:${event.experiment}`, `squall:${id}`];
    await call('POST', '', { ...place, time: Date.parse(event.injectedAt), tags: of, text });
  } else if (event.type === 'fault.reverted') {
    const [latest] = await find(`run:${run.id}`, `experiment:${event.experiment}`, `fault:${event.fault}`);
    if (latest !== undefined) await call('PATCH', `/${latest.id}`, { timeEnd: Math.max(latest.time + 1, Date.parse(event.revertedAt)) });
  } else if (event.type === 'undo.failing' || event.type === 'undo.settled') {
    if ((await find(`squall:${id}`)).length > 0) return;
    await call('POST', '', { ...place, time: Date.parse(event.at), tags: [...tags, event.type, `squall:${id}`], text });
  }
}
