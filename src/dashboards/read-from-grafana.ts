import { type Agent, fetch } from 'undici';
import type { Dashboard } from '../contracts/dashboard.ts';
import { rootMessage } from '../root-message.ts';
import { readBounded } from '../security/read-bounded.ts';
import type { GrafanaAddress } from './grafana-address.ts';
import { readDashboard } from './read-dashboard.ts';

const answerMs = 10_000;
const largestBytes = 4 * 1024 * 1024;

/**
 * Asks Grafana for a dashboard.
 *
 * @param token of a service account; undefined: Grafana shows it to anybody
 * @param agent of an address that a document gives; undefined: the address is configured
 * @throws Error that says what Grafana answered; the signal's reason
 */
export async function readFromGrafana(
  { base, uid }: Pick<GrafanaAddress, 'base' | 'uid'>,
  { token, agent, signal }: { token: string | undefined; agent: Agent | undefined; signal: AbortSignal },
): Promise<Dashboard> {
  const url = `${base}/api/dashboards/uid/${uid}`;
  const { status, text } = await get(url, token, agent, signal);
  if (status !== 200) throw new Error(`${url} answered HTTP ${status}, expected a dashboard: ${text.slice(0, 200)}`);
  const read = readDashboard(jsonOf(text));
  if (read.ok) return read.dashboard;
  throw new Error(`${url}: found ${read.found}, expected ${read.expected}`);
}

async function get(
  url: string,
  token: string | undefined,
  dispatcher: Agent | undefined,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
      ...(dispatcher && { dispatcher }),
    });
    return { status: response.status, text: await readBounded(response, largestBytes) };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${url}: ${rootMessage(error)}`, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
