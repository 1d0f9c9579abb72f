import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { holdRequest } from '../campaign/hold-request.ts';
import { holdScope } from '../campaign/hold-scope.ts';
import { type ArbiterMemo, arbiterWorkflowId, type Freed, type Halt, type Survey, type SurveyInput } from '../contracts/arbiter.ts';
import { actsIn, workflowTypes } from '../contracts/names.ts';
import { errorMessage } from '../error-message.ts';
import type { ClusterPolicy } from '../policy/cluster-policy.ts';
import { holdOfRun } from './hold-of-run.ts';

/** What a survey needs beside Temporal. */
export interface SurveyDependencies {
  policy(cluster: string): ClusterPolicy;
  /** What of a run that is over is in the cluster, or cannot be read there; what is left is undone. Empty: nothing, which is the proof. Null: others can say. */
  remains: ((cluster: string, namespace: string, runId: string, signal: AbortSignal) => Promise<string[]>) | null;
}

/** Up to so many that hold or wait are asked for one by one. */
const fewRuns = 20;

/** Temporal's lists may not know yet of an experiment that was started just before its campaign ended. */
const listsLagMs = 3_000;

/**
 * Which runs hold or wait, by Temporal's records; and of those that are over, whether that is proven: no experiment of theirs goes
 * on, and nothing of them is in the cluster. What is left there is undone, and looked for again by the next survey.
 */
export async function surveyRuns(input: SurveyInput, deps: SurveyDependencies, client: Client, signal: AbortSignal): Promise<Survey> {
  const survey: Survey = { holds: [], waiting: [], idle: [], over: [], unproven: [], halt: null };
  const known = new Map(input.known.map((run) => [run.runId, run]));
  const running = new Set(await runningCampaigns(client, input.cluster));
  for (const runId of running) {
    signal.throwIfAborted();
    if (!known.has(runId)) await noteHold(runId, input, deps, client, survey);
  }
  for (const { runId, namespace, uncertain } of input.known) {
    signal.throwIfAborted();
    // Of many, the list's word is taken: it lags, and one that has just ended is found out by the next survey.
    if (input.known.length > fewRuns && running.has(runId) && !uncertain) continue;
    const description = await describe(client, runId);
    const runs = description?.status.name === 'RUNNING' || description?.status.name === 'PAUSED';
    if (!runs) await noteEnd({ runId, namespace }, description, input.cluster, deps, client, survey, signal);
    else if (uncertain) await noteHold(runId, input, deps, client, survey);
  }
  if (input.afterLoss) survey.halt = await lastHalt(client, input.cluster);
  return survey;
}

async function runningCampaigns(client: Client, cluster: string): Promise<string[]> {
  const query = `WorkflowType = '${workflowTypes.campaign}' AND ExecutionStatus = 'Running' AND ${actsIn(cluster)}`;
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

async function noteHold(runId: string, { cluster }: SurveyInput, deps: SurveyDependencies, client: Client, survey: Survey): Promise<void> {
  const description = await describe(client, runId);
  if (description === undefined || description.status.name !== 'RUNNING') return;
  const found = await holdOfRun(client, { workflowId: runId, runId: description.runId }, cluster);
  if (found.state === 'none') {
    survey.idle.push(runId);
    return;
  }
  const { plan, since } = found;
  if (found.state === 'queued') {
    const request = holdRequest(runId, plan, deps.policy(cluster));
    survey.waiting.push({ request, since, until: since + request.queueTimeoutMs });
    return;
  }
  const hold = { runId, campaign: plan.campaign.name, scope: holdScope(plan), since };
  survey.holds.push(found.state === 'asking' ? { ...hold, uncertain: true } : hold);
}

async function noteEnd(
  { runId, namespace }: { runId: string; namespace: string },
  description: WorkflowExecutionDescription | undefined,
  cluster: string,
  deps: SurveyDependencies,
  client: Client,
  survey: Survey,
  signal: AbortSignal,
): Promise<void> {
  try {
    const missing = await whatIsMissing({ runId, namespace }, description, cluster, deps, client, signal);
    if (missing === null && deps.remains === null)
      survey.elsewhere = [...(survey.elsewhere ?? []), { runId, namespace, over: proven(runId, description) }];
    else if (missing === null) survey.over.push(proven(runId, description));
    else survey.unproven.push({ runId, missing });
  } catch (error) {
    signal.throwIfAborted();
    survey.unproven.push({ runId, missing: errorMessage(error) });
  }
}

/** Null: nothing, the run is over and undone. */
async function whatIsMissing(
  { runId, namespace }: { runId: string; namespace: string },
  description: WorkflowExecutionDescription | undefined,
  cluster: string,
  deps: SurveyDependencies,
  client: Client,
  signal: AbortSignal,
): Promise<string | null> {
  const closedAt = description?.closeTime?.getTime() ?? 0;
  if (Date.now() - closedAt < listsLagMs) return 'its workflow ended just now';
  const experiments = await runningExperiments(client, runId);
  if (experiments.length > 0) return `${experiments.join(', ')} still runs`;
  if (deps.remains === null) return null;
  const remains = await deps.remains(cluster, namespace, runId, signal);
  return remains.length === 0 ? null : remains.join('; ');
}

function proven(runId: string, description: WorkflowExecutionDescription | undefined): Freed {
  const ended =
    description === undefined
      ? 'Temporal has no such workflow any more'
      : `its workflow is ${description.status.name} since ${description.closeTime?.toISOString()}`;
  return { runId, at: Date.now(), because: `${ended}, no experiment of it runs, and nothing of it is in the cluster` };
}

/** Experiments of the run, whatever became of the campaign that started them. */
async function runningExperiments(client: Client, runId: string): Promise<string[]> {
  const query = `WorkflowType = '${workflowTypes.experiment}' AND ExecutionStatus = 'Running' AND ParentWorkflowId = '${runId}'`;
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

/** undefined: Temporal does not know it, or does not any more */
async function describe(client: Client, runId: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** The kill switch as the last execution of this arbiter that has closed left it. */
async function lastHalt(client: Client, cluster: string): Promise<Halt | null> {
  const query = `WorkflowId = '${arbiterWorkflowId(cluster)}' AND ExecutionStatus != 'Running'`;
  let last: { closedAt: number; halt: Halt | null } = { closedAt: 0, halt: null };
  for await (const { closeTime, memo } of client.workflow.list({ query })) {
    const closedAt = closeTime?.getTime() ?? 0;
    if (closedAt > last.closedAt) last = { closedAt, halt: (memo as { arbiter?: ArbiterMemo } | undefined)?.arbiter?.halt ?? null };
  }
  return last.halt;
}
