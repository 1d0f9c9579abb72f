import { type Agent, fetch } from 'undici';
import { z } from 'zod';
import { type PrometheusSeries, queryPrometheus } from '../probes/prometheus.ts';
import { rootMessage } from '../root-message.ts';
import { readBounded } from '../security/read-bounded.ts';

/** What a dashboard asks of a Prometheus, now. */
export interface PrometheusSource {
  query(expr: string): Promise<PrometheusSeries[]>;
  /** @param match series that have it; absent: any */
  labelValues(label: string, match?: string): Promise<string[]>;
  labelNames(): Promise<string[]>;
}

/** What was there within this time is there now: so long Prometheus itself looks back. */
const nowSeconds = 300;
const largestAnswer = 8 * 1024 * 1024;

const answer = z.object({ status: z.literal('success'), data: z.array(z.string()) });

/**
 * @param agent of an address that a document gives; absent: the address is configured
 */
export function prometheusAt(baseUrl: string, signal: AbortSignal, agent?: Agent): PrometheusSource {
  const base = baseUrl.replace(/\/+$/, '');
  const get = async (path: string, query: Record<string, string> = {}): Promise<string[]> => {
    const now = Date.now() / 1_000;
    const url = `${base}/api/v1/${path}?${new URLSearchParams({ ...query, start: String(now - nowSeconds), end: String(now) })}`;
    const { status, text } = await read(url, signal, agent);
    const parsed = answer.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data.data;
    throw new Error(`${base}/api/v1/${path} answered HTTP ${status}, expected a list as Prometheus has it: ${text.slice(0, 200)}`);
  };
  return {
    query: (expr) => queryPrometheus(base, expr, signal, agent),
    labelValues: (label, match) => get(`label/${encodeURIComponent(label)}/values`, match === undefined ? {} : { 'match[]': match }),
    labelNames: () => get('labels'),
  };
}

async function read(url: string, signal: AbortSignal, dispatcher: Agent | undefined): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { signal, redirect: 'manual', ...(dispatcher && { dispatcher }) });
    return { status: response.status, text: await readBounded(response, largestAnswer) };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${url.split('?')[0]}: ${rootMessage(error)}`, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
