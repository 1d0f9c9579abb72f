import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { abortable } from '../abortable.ts';
import { parseCursor, startCursor } from '../api/event-cursor.ts';
import { followHistory } from '../api/history.ts';
import { runChain } from '../api/run-chain.ts';
import { runEvents } from '../api/run-events.ts';
import { readRunInput } from '../api/run-input.ts';
import { describeRun } from '../api/run-resource.ts';
import type { Campaign } from '../contracts/campaign.ts';
import { experimentsOf, targetOf } from '../contracts/targets.ts';
import { errorMessage } from '../error-message.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { type Message, messageOf } from './message.ts';
import type { NotificationMetrics } from './notification-metrics.ts';
import { type NotifiedRun, type Receiver, wantsEvent } from './receiver.ts';
import { NotTakenError } from './request.ts';
import { sendGrafana } from './send-grafana.ts';
import { sendKubernetesEvents } from './send-kubernetes-events.ts';
import { sendSlack } from './send-slack.ts';
import { sendWebhook } from './send-webhook.ts';

export interface Notifying {
  client: Client;
  receivers: readonly Receiver[];
  cluster(name: string): Cluster;
  metrics: NotificationMetrics;
  log(message: string, fields: Record<string, unknown>): void;
  /** between attempts: each pause in ms; as many attempts and one more */
  pausesMs: readonly number[];
  signal: AbortSignal;
}

/** How far it is, for whoever goes on with it, and at the end its result. */
export interface NotifyProgress {
  /** after the last event that every receiver has been told of */
  cursor: string | null;
  sent: number;
  /** what was given up */
  failed: { receiver: string; event: string; reason: string }[];
}

const mostFailuresTold = 50;

/**
 * Tells receivers what happens in a run, from its history, until it has ended. Each receiver by itself, and in order: one that does
 * not answer keeps nobody waiting but itself, and is given up after some attempts. What was sent may be sent again when a worker dies,
 * under the same id.
 */
export async function followRun(
  runId: string,
  notifying: Notifying,
  previous: NotifyProgress | undefined,
  keep: (progress: NotifyProgress) => void,
): Promise<NotifyProgress> {
  const { client, receivers, signal } = notifying;
  const progress: NotifyProgress = structuredClone(previous ?? { cursor: null, sent: 0, failed: [] });
  keep(progress);
  const description = await describeRun(client, runId);
  const { campaign } = await readRunInput(client, description);
  const run: NotifiedRun = { id: runId, campaign: campaign.name, cluster: campaign.target.cluster, namespace: campaign.target.namespace };
  const after = progress.cursor === null ? startCursor() : parseCursor(progress.cursor);
  const events = runEvents(await runChain(client, description), after, (execution) => followHistory(client, execution, signal));
  const lines = new Map(receivers.map((receiver) => [receiver, Promise.resolve()]));
  let told = Promise.resolve();
  for await (const { event, id } of untilAborted(events, signal)) {
    for (const receiver of receivers) {
      if (!wantsEvent(receiver, run, event)) continue;
      const message = messageOf(event, run);
      const line = lines.get(receiver) ?? Promise.resolve();
      lines.set(
        receiver,
        line.then(() => deliver(notifying, receiver, message, campaign, progress)),
      );
    }
    told = Promise.all(lines.values()).then(() => {
      progress.cursor = id;
      keep(progress);
    });
    // Whoever awaits it last sees its failure.
    told.catch(() => undefined);
  }
  await told;
  return progress;
}

/** A worker's connection does not end a long poll when its signal aborts: whoever waits for it is let go. */
async function* untilAborted<T>(events: AsyncGenerator<T, undefined>, signal: AbortSignal): AsyncGenerator<T, undefined> {
  for (;;) {
    signal.throwIfAborted();
    const { done, value } = await abortable(signal, events.next());
    if (done) return undefined;
    yield value;
  }
}

async function deliver(
  notifying: Notifying,
  receiver: Receiver,
  message: Message,
  campaign: Campaign,
  progress: NotifyProgress,
): Promise<void> {
  const { metrics, pausesMs, signal, log } = notifying;
  const { type } = message.event;
  for (let attempt = 0; ; attempt++) {
    try {
      await send(notifying, receiver, message, campaign);
      progress.sent++;
      metrics.sent(receiver.name, type);
      return;
    } catch (error) {
      signal.throwIfAborted();
      const pause = error instanceof NotTakenError && error.isFinal ? undefined : pausesMs[attempt];
      if (pause === undefined) {
        const failure = { receiver: receiver.name, event: type, reason: errorMessage(error) };
        log('a notification was given up', { ...failure, run: message.run.id, attempts: attempt + 1 });
        metrics.failed(receiver.name, type);
        if (progress.failed.length < mostFailuresTold) progress.failed.push(failure);
        return;
      }
      await delay(pause, undefined, { signal });
    }
  }
}

async function send({ cluster, signal }: Notifying, { to }: Receiver, message: Message, campaign: Campaign): Promise<void> {
  switch (to.kind) {
    case 'webhook':
      return sendWebhook(to, message, signal);
    case 'slack':
      return sendSlack(to, message, signal);
    case 'grafana':
      return sendGrafana(to, message, signal);
    case 'kubernetes-events': {
      const { event } = message;
      const name = 'experiment' in event ? event.experiment : undefined;
      const spec = experimentsOf(campaign.steps).find((experiment) => experiment.name === name);
      if (spec === undefined) return;
      const target = targetOf(campaign, spec);
      await sendKubernetesEvents(cluster(target.cluster), target, message, signal);
    }
  }
}
