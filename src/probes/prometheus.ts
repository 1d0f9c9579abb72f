import { type Agent, fetch } from 'undici';
import { z } from 'zod';
import type { ProbeSpec } from '../contracts/campaign.ts';
import { rootMessage } from '../root-message.ts';
import { defaultEgress } from '../security/egress.ts';
import { guardedAgent } from '../security/guarded-connect.ts';
import { readBounded } from '../security/read-bounded.ts';
import { textParameter } from './parameters.ts';
import type { OpenProbe, ProbeContext } from './probe.ts';
import { takeSample } from './take-sample.ts';

/** No answer to one query is larger: what is, is not kept. */
const largestAnswer = 8 * 1024 * 1024;

export interface PrometheusSeries {
  labels: Record<string, string>;
  value: number;
}

const point = z.tuple([z.number(), z.string()]);
const answerSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({
        resultType: z.literal('vector'),
        result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: point.optional() })),
      }),
      z.object({ resultType: z.literal('scalar'), result: point }),
      z.object({ resultType: z.enum(['matrix', 'string']), result: z.unknown() }),
    ]),
  }),
]);

/**
 * An instant query; a scalar answers as one series without labels. `baseUrl` is the server's address, with its path prefix if it has one.
 *
 * @param agent of an address that a document gives; absent: the address is configured
 * @throws Error with Prometheus's own words, or what it answered instead; the signal's reason
 */
export async function queryPrometheus(baseUrl: string, query: string, signal: AbortSignal, agent?: Agent): Promise<PrometheusSeries[]> {
  const url = `${baseUrl.replace(/\/+$/, '')}/api/v1/query`;
  const { status, text } = await post(url, new URLSearchParams({ query }), signal, agent);
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`${url} answered HTTP ${status} and not as Prometheus does: ${text.slice(0, 200)}`);
  const answer = parsed.data;
  if (answer.status === 'error') throw new Error(`Prometheus: ${answer.errorType}: ${answer.error}`);
  const { data } = answer;
  if (data.resultType === 'scalar') return [{ labels: {}, value: Number(data.result[1]) }];
  if (data.resultType !== 'vector')
    throw new Error(`the query yields a ${data.resultType}, expected an instant vector or a scalar: ${query}`);
  return data.result.map(({ metric, value }) => {
    if (value === undefined) throw new Error(`the query yields a native histogram, expected numbers: ${query}`);
    return { labels: metric, value: Number(value[1].replace('Inf', 'Infinity')) };
  });
}

/** The one number a query yields. */
function singleValue(series: PrometheusSeries[], query: string): number {
  const [first] = series;
  if (first === undefined) throw new Error(`no data: ${query}`);
  if (series.length > 1) throw new Error(`${series.length} series, expected one: ${query}`);
  if (Number.isNaN(first.value)) throw new Error(`not a number (NaN): ${query}`);
  return first.value;
}

export function openPrometheusProbe(spec: ProbeSpec, context: ProbeContext): OpenProbe {
  const query = textParameter(spec, 'query');
  const url = spec.parameters.url === undefined ? context.prometheusUrl : textParameter(spec, 'url');
  if (url === null) throw new Error(`probe ${spec.name}: no Prometheus is configured; give the probe a url, or set SQUALL_PROMETHEUS_URL`);
  // What the service is configured with goes where it says; what a document says goes where probes may.
  const agent = spec.parameters.url === undefined ? undefined : guardedAgent(context.egress ?? defaultEgress);
  return {
    unit: 'none',
    reach: 'prometheus',
    sample: (signal) => takeSample(spec, signal, async (either) => singleValue(await queryPrometheus(url, query, either, agent), query)),
    detail: () => ({ query }),
    async [Symbol.asyncDispose]() {
      await agent?.destroy();
    },
  };
}

async function post(
  url: string,
  body: URLSearchParams,
  signal: AbortSignal,
  dispatcher: Agent | undefined,
): Promise<{ status: number; text: string }> {
  try {
    const request = { method: 'POST', body: String(body), headers: { 'content-type': 'application/x-www-form-urlencoded' }, signal };
    const response = await fetch(url, dispatcher === undefined ? request : { ...request, dispatcher });
    return { status: response.status, text: await readBounded(response, largestAnswer) };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${url}: ${rootMessage(error)}`, { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
