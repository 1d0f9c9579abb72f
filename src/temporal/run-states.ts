import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { faultIdPrefix } from '../contracts/fault-id.ts';
import { workflowTypes } from '../contracts/names.ts';
import type { RunState } from '../contracts/sweep.ts';

/** Runs that ended longer ago than that are not looked for by the ids of their faults: those have had their deadline. */
const closedWithinMs = 24 * 3_600_000;
const mostRuns = 10_000;
/** What a terminated, failed or timed out workflow does not do any more is its undo. */
const brokenOff = new Set(['TERMINATED', 'FAILED', 'TIMED_OUT']);

/**
 * Asks Temporal how faults' runs are; for one sweep, since what was listed is kept. A run that Temporal does not know is
 * `unknown`: it may be another installation's. What is `over` has been asked of the run itself, not of Temporal's lists, which lag.
 */
export function temporalRunStates(client: Client): (fault: string, run: string | null) => Promise<RunState> {
  const known = new KnownRuns(client);
  const asked = new Map<string, Promise<RunState>>();
  return async (fault, run) => {
    const runId = run ?? (await known.runOf(fault));
    if (runId === undefined) return 'unknown';
    const [, index = ''] = new RegExp(`^${faultIdPrefix(runId)}(\\d+)`).exec(fault) ?? [];
    const key = `${runId} ${index}`;
    const state = asked.get(key) ?? stateOf(client, runId, index);
    asked.set(key, state);
    return state;
  };
}

/** Runs by how the ids of their faults begin. */
class KnownRuns {
  readonly #client: Client;
  readonly #runs = new Map<string, string>();
  #open: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  async runOf(fault: string): Promise<string | undefined> {
    const [prefix] = /^sq[0-9a-f]{16}-/.exec(fault) ?? [];
    if (prefix === undefined) return undefined;
    this.#open ??= this.#list("ExecutionStatus = 'Running'");
    await this.#open;
    if (!this.#runs.has(prefix)) {
      this.#closed ??= this.#list(`CloseTime > '${new Date(Date.now() - closedWithinMs).toISOString()}'`);
      await this.#closed;
    }
    return this.#runs.get(prefix);
  }

  async #list(condition: string): Promise<void> {
    const query = `WorkflowType = '${workflowTypes.campaign}' AND ${condition}`;
    let listed = 0;
    for await (const { workflowId } of this.#client.workflow.list({ query })) {
      this.#runs.set(faultIdPrefix(workflowId), workflowId);
      if (++listed === mostRuns) break;
    }
  }
}

/** Over: nobody who would undo the run's `index`th experiment goes on. */
async function stateOf(client: Client, runId: string, index: string): Promise<RunState> {
  const campaign = await statusOf(client, runId);
  if (campaign === undefined) return 'unknown';
  const experiments = await experimentsOf(client, runId, index);
  if (experiments.some((status) => status === 'RUNNING' || status === 'PAUSED')) return 'running';
  if (campaign !== 'RUNNING' && campaign !== 'PAUSED') return 'over';
  return experiments.length > 0 && experiments.every((status) => brokenOff.has(status)) ? 'over' : 'running';
}

/** How the run's experiments of this index are, were they begun more than once. */
async function experimentsOf(client: Client, runId: string, index: string): Promise<string[]> {
  // A run's id is of letters, digits, dots and dashes; what would end the string is never in one.
  const beginning = `${runId}.${index === '' ? '' : `${index}-`}`.replaceAll("'", '');
  const query = `WorkflowType = '${workflowTypes.experiment}' AND WorkflowId STARTS_WITH '${beginning}'`;
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
  const statuses = await Promise.all([...ids].map((id) => statusOf(client, id)));
  return statuses.filter((status) => status !== undefined);
}

/** undefined: Temporal knows no such workflow (any more). */
async function statusOf(client: Client, workflowId: string): Promise<string | undefined> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
