import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Dashboard } from '../contracts/dashboard.ts';
import { checkDashboard, type DashboardCheck, isBlind, type QueryCheck } from '../dashboards/check-dashboard.ts';
import { grafanaAddress } from '../dashboards/grafana-address.ts';
import { prometheusAt } from '../dashboards/prometheus-source.ts';
import { readDashboard } from '../dashboards/read-dashboard.ts';
import { readFromGrafana } from '../dashboards/read-from-grafana.ts';
import { errorMessage } from '../error-message.ts';
import type { checkDashboardOptions } from './commands/documents.ts';
import type { Given } from './declare.ts';
import { exitCodes } from './exit-codes.ts';
import { print } from './output.ts';
import { paintFor } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const command = 'check-dashboard';
const timeoutMs = 60_000;

/** `squall check-dashboard DASHBOARD`. 1: a panel has no data. */
export async function checkDashboardCommand({ words: [name = '-'], options }: Given<typeof checkDashboardOptions>): Promise<number> {
  const signal = AbortSignal.timeout(timeoutMs);
  const url = options.prometheus ?? process.env.SQUALL_PROMETHEUS_URL;
  if (url === undefined || !URL.canParse(url)) {
    throw new UsageError(
      `--prometheus: found ${url ?? 'nothing'}, expected the base URL of a Prometheus (or SQUALL_PROMETHEUS_URL)`,
      command,
    );
  }
  const { dashboard, variables } = await read(name, options['token-file'], signal);
  const prometheus = prometheusAt(url, signal);
  // One that does not answer is told once, not for each panel.
  await prometheus.query('vector(1)');
  const asked = { ...variables, ...readVariables(options.var) };
  const check = await checkDashboard(dashboard, { variables: asked, mayBeEmpty: options['may-be-empty'] }, prometheus);
  print(options.output, check, () => tell(check));
  return isBlind(check) ? exitCodes.notDone : exitCodes.done;
}

async function read(
  name: string,
  tokenFile: string | undefined,
  signal: AbortSignal,
): Promise<{ dashboard: Dashboard; variables: Record<string, string[]> }> {
  if (/^https?:/.test(name)) {
    const address = grafanaAddress(name);
    if (address === undefined)
      throw new UsageError(`DASHBOARD: found ${name}, expected an address like http://grafana:3000/d/UID`, command);
    const token = tokenFile === undefined ? undefined : readFileOf('--token-file', tokenFile).trim();
    return { dashboard: await readFromGrafana(address, { token, agent: undefined, signal }), variables: address.variables };
  }
  const written = name === '-' ? await text(process.stdin) : readFileOf('DASHBOARD', name);
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch (error) {
    throw new UsageError(`DASHBOARD: found ${name}, expected JSON (${errorMessage(error)})`, command);
  }
  const dashboard = readDashboard(value);
  if (!dashboard.ok) throw new UsageError(`DASHBOARD: ${name}: found ${dashboard.found}, expected ${dashboard.expected}`, command);
  return { dashboard: dashboard.dashboard, variables: {} };
}

function readFileOf(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${what}: found ${path}, expected a readable file (${errorMessage(error)})`, command);
  }
}

function readVariables(written: readonly string[]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const one of written) {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(one) ?? [];
    if (name === '') throw new UsageError(`--var: found ${one}, expected NAME=VALUE`, command);
    values[name] = [...(values[name] ?? []), value];
  }
  return values;
}

function tell(check: DashboardCheck): string {
  const paint = paintFor(process.stdout);
  const styles = { data: 'good', 'may-be-empty': 'faint', empty: 'bad', failed: 'bad' } as const;
  const line = ({ panel, state, answer }: QueryCheck) => `${paint(styles[state], state.padEnd(12))}  ${panel}: ${answer}`;
  const asked = ({ state, asked }: QueryCheck) => (state === 'empty' || state === 'failed' ? [`${' '.repeat(14)}${asked}`] : []);
  const blind = check.queries.filter(({ state }) => state === 'empty' || state === 'failed').length;
  return `${[
    paint('strong', check.dashboard),
    ...check.queries.flatMap((one) => [line(one), ...asked(one)]),
    ...check.unasked.map(({ panel, why }) => `${paint('faint', 'not asked'.padEnd(12))}  ${panel}: ${why}`),
    ...check.mistakes.map((mistake) => `${paint('bad', 'mistake'.padEnd(12))}  ${mistake}`),
    '',
    blind === 0
      ? `${check.queries.length} queries asked: each has data, or may have none`
      : `${blind} of ${check.queries.length} queries without data`,
  ].join('\n')}\n`;
}
