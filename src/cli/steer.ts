import { ApiProblem, request as askApi } from '../client/api.ts';
import type { RunStatus } from '../contracts/control.ts';
import { type RequestName, readRequest, requests } from '../control/requests.ts';
import { readStatus, type Steered, steer } from '../control/steer.ts';
import { apiAccess, isApiConfigured } from './api-access.ts';
import type { SteeringOptions, statusOptions } from './commands/steering.ts';
import type { Given, Options } from './declare.ts';
import { defaultActor } from './default-actor.ts';
import { fail, type OutputFormat, print, say } from './output.ts';
import { tellStatus } from './tell-status.ts';
import { connectTemporal } from './temporal-client.ts';
import { UsageError } from './usage-error.ts';

const fields = ['reason', 'faults', 'by'] as const;

/** Sends a steering request, by the API or straight to Temporal. 1: it was not done; 69: nobody answers. */
export async function sendRequest(name: RequestName, given: Given<Options>): Promise<number> {
  const [run = '', experiment] = given.words;
  // Which of them a command has, its declaration says.
  const options = given.options as Partial<Given<SteeringOptions>['options']>;
  const { actor = defaultActor(), reject, output = 'table', api, direct = false } = options;
  const written = {
    actor,
    ...Object.fromEntries(fields.flatMap((field) => (options[field] === undefined ? [] : [[field, options[field]]]))),
    ...(reject !== undefined && { approved: !reject }),
    ...(experiment !== undefined && { experiment }),
  };
  const read = readRequest(name, written);
  if (!read.ok) {
    const mistakes = read.mistakes.map(({ path, found, expected }) => `--${path}: found ${found}, expected ${expected}`);
    throw new UsageError(`${name}: ${mistakes.join('; ')}`, name);
  }
  if (isApiConfigured(api) && !direct) return tellSteered(run, await steerByApi(api, run, name, written), output);
  await using temporal = await connectTemporal();
  const steered = await steer(temporal.client, run, requests[name], read.input, { acceptMs: 10_000, resultMs: 20_000 });
  return tellSteered(run, steered, output);
}

async function steerByApi(api: string | undefined, run: string, name: RequestName, json: object): Promise<Steered> {
  try {
    const response = await askApi(apiAccess(api), `/v1/runs/${encodeURIComponent(run)}/${name}`, { method: 'POST', json });
    return response.status === 202 ? { outcome: 'accepted' } : { outcome: 'done', status: (await response.json()) as RunStatus };
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.type === 'run-ended') return { outcome: 'ended' };
    if (error.type === 'run-not-found') return { outcome: 'not-found' };
    if (error.type === 'worker-absent') return { outcome: 'unanswered' };
    throw error;
  }
}

function tellSteered(run: string, steered: Steered, output: OutputFormat): number {
  switch (steered.outcome) {
    case 'done':
      print(output, steered.status, () => tellStatus(run, steered.status));
      return 0;
    case 'accepted':
      say(`it is in the run's history and is being done; squall status ${run} tells how far it is`);
      return 0;
    case 'rejected':
      return fail(`run ${run} did not take it: ${steered.reason}`, 1);
    case 'ended':
      return fail(`run ${run} has ended`, 1);
    case 'not-found':
      return fail(noSuchRun(run), 1);
    case 'unanswered':
      return fail('no worker took it up in time; it waits for one, and may still take effect. Start a worker: squall worker', 69);
  }
}

/** `squall status RUN` */
export async function showStatus({ words: [run = ''], options }: Given<typeof statusOptions>): Promise<number> {
  if (isApiConfigured(options.api) && !options.direct) {
    const response = await askApi(apiAccess(options.api), `/v1/runs/${encodeURIComponent(run)}/status`);
    const status = (await response.json()) as RunStatus;
    print(options.output, status, () => tellStatus(run, status));
    return 0;
  }
  await using temporal = await connectTemporal();
  const seen = await readStatus(temporal.client, run, 10_000);
  switch (seen.outcome) {
    case 'seen':
      print(options.output, seen.status, () => tellStatus(run, seen.status));
      return 0;
    case 'not-found':
      return fail(noSuchRun(run), 1);
    case 'unsupported':
      return fail(`run ${run} was made by a release of squall that did not tell its status`, 1);
    case 'unanswered':
      return fail('no worker answered within 10 s. Start a worker: squall worker', 69);
  }
}

function noSuchRun(run: string): string {
  return `no run has the id ${JSON.stringify(run)}`;
}
