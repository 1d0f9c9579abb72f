import { createHash } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowStartOptions } from '@temporalio/client';
import { runDetails, runSummary } from '../api/run-details.ts';
import type { Campaign } from '../contracts/campaign.ts';
import { searchAttributes, taskQueue, workflowTypes } from '../contracts/names.ts';
import type { Phase, RunInput } from '../contracts/run.ts';
import type { SavedCampaign, TriggerKind } from '../contracts/schedule.ts';
import { clusterAttributes } from '../temporal/cluster-attributes.ts';

/** Who or what started a run of a saved campaign. */
export interface Cause {
  trigger: TriggerKind;
  /** as reports and histories have it, for example `schedule nightly: rollout of Deployment shop/redis, revision 3` */
  startedBy: string;
}

/** How every run of a saved campaign is started, by whatever starts it; all but its id. */
export function savedRunOptions(saved: Pick<SavedCampaign, 'name' | 'campaign' | 'document'>, { trigger, startedBy }: Cause) {
  const campaign = trigger === 'time' ? saved.campaign : waitingItsTurn(saved.campaign);
  const { name, target } = campaign;
  const input: RunInput = { campaign, document: saved.document, startedBy };
  return {
    taskQueue,
    args: [input] as [RunInput],
    memo: {
      campaign: name,
      documentSha256: createHash('sha256').update(saved.document).digest('hex'),
      retryOf: null,
      startedBy,
    },
    staticSummary: `${runSummary(campaign)}, by ${startedBy}`,
    staticDetails: runDetails('RUN', campaign),
    typedSearchAttributes: [
      { key: searchAttributes.campaign, value: name },
      ...clusterAttributes(campaign),
      { key: searchAttributes.namespace, value: target.namespace },
      { key: searchAttributes.phase, value: 'Planning' satisfies Phase },
      { key: searchAttributes.schedule, value: saved.name },
      { key: searchAttributes.trigger, value: trigger },
    ],
  } satisfies Partial<WorkflowStartOptions>;
}

/**
 * Starts a run of a saved campaign under an id that stands for its cause: once, whoever asks how often, for as long as Temporal keeps it.
 *
 * @returns false: it was started before
 */
export async function startSavedRun(client: Client, saved: SavedCampaign, id: string, cause: Cause): Promise<boolean> {
  const options = savedRunOptions(saved, cause);
  try {
    await client.workflow.start(workflowTypes.campaign, {
      ...options,
      workflowId: id,
      memo: { ...options.memo, startedAt: new Date().toISOString() },
      staticDetails: runDetails(id, saved.campaign),
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** The id of the run that a cause stands for: the same for the same cause, another for any other. */
export function runIdOfCause(schedule: string, cause: string): string {
  return `${schedule}-${createHash('sha256').update(`${schedule}\n${cause}`).digest('hex').slice(0, 16)}`;
}

/** What happens once, and will not come again by itself, waits for its targets rather than be refused, unless its author says so. */
function waitingItsTurn(campaign: Campaign): Campaign {
  return campaign.policy.overlap === undefined ? { ...campaign, policy: { ...campaign.policy, overlap: 'queue' } } : campaign;
}
