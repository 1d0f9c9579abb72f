import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, getExternalWorkflowHandle, isCancellation, patched, sleep, startChild } from '@temporalio/workflow';
import type { ExperimentEvidence, Prepared } from '../contracts/evidence.ts';
import { searchAttributes } from '../contracts/names.ts';
import type { Plan, PlannedExperiment } from '../contracts/plan.ts';
import { partOf } from '../contracts/plan-parts.ts';
import { experimentWorkflowId } from '../contracts/run.ts';
import { makeExperimentReport } from '../report/experiment-report.ts';
import type { CampaignControl } from './campaign-control.ts';
import { experiment } from './experiment.ts';

/** Begins experiments as child workflows and awaits their evidence. */
export class ExperimentRunner {
  /** experiments begun so far: the index of the last one */
  begun: number;
  /** what was found for those that begin next, by their names; good for `preparedUntil`, ms since the epoch */
  prepared: Record<string, Prepared> = {};
  preparedUntil = 0;
  /** an experiment ended without its evidence, by a termination for example: whether its fault is gone is not known */
  unproven = false;
  readonly #runId: string;
  readonly #seed: string;
  readonly #control: CampaignControl;

  constructor(runId: string, seed: string, control: CampaignControl, begun: number) {
    this.#runId = runId;
    this.#seed = seed;
    this.#control = control;
    this.begun = begun;
  }

  /** Side by side. */
  together(plan: Plan, experiments: PlannedExperiment[]): Promise<ExperimentEvidence[]> {
    return Promise.all(experiments.map((planned) => this.once(plan, planned, 1)));
  }

  async once(plan: Plan, planned: PlannedExperiment, attempt: number): Promise<ExperimentEvidence> {
    const { name } = planned.spec;
    const child = await this.#start(plan, planned, ++this.begun, attempt);
    this.#control.begin(name, attempt, child);
    let state: Parameters<CampaignControl['end']>[1] = 'error';
    let ended = false;
    CancellationScope.current()
      .cancelRequested.catch(() => (ended || !patched('cancel-from-outside') ? undefined : cancelFromOutside(child.workflowId)))
      .catch(() => undefined);
    try {
      const evidence = await child.result();
      state = stateOf(evidence, planned);
      return evidence;
    } catch (error) {
      this.unproven = true;
      if (isCancellation(error)) state = 'aborted';
      throw error;
    } finally {
      ended = true;
      this.#control.end(name, state);
    }
  }

  async #start(plan: Plan, planned: PlannedExperiment, index: number, attempt: number) {
    const { name, fault } = planned.spec;
    const { campaign, inventory } = partOf(plan, planned);
    const { target } = campaign;
    const workflowId = experimentWorkflowId(this.#runId, index, name);
    const prepared = attempt === 1 && Date.now() < this.preparedUntil ? this.prepared[name] : undefined;
    for (;;) {
      try {
        return await startChild(experiment, {
          workflowId,
          args: [
            {
              runId: this.#runId,
              campaign,
              seed: this.#seed,
              inventory,
              experiment: planned,
              index,
              ...(attempt === 1 ? {} : { attempt }),
              ...(prepared === undefined ? {} : { prepared }),
              ...(plan.ownWorkers === undefined ? {} : { ownWorkers: plan.ownWorkers }),
            },
          ],
          cancellationType: 'WAIT_CANCELLATION_COMPLETED',
          // Terminated campaigns must not leave an experiment running on: it is cancelled, and so undone.
          parentClosePolicy: 'REQUEST_CANCEL',
          staticSummary: `${name}: ${fault}`,
          staticDetails: `${planned.inject}\n\nUndone so: ${planned.undo}`,
          typedSearchAttributes: [
            { key: searchAttributes.campaign, value: campaign.name },
            { key: searchAttributes.cluster, value: target.cluster },
            { key: searchAttributes.namespace, value: target.namespace },
          ],
        });
      } catch (error) {
        // After a reset: the experiment of before the reset goes on, for a reset ends its campaign without telling it.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        await cancelFromOutside(workflowId);
        await sleep('1s', { summary: `until the ${name} of before the reset has ended` });
      }
    }
  }
}

/** An experiment begun before a reset is no child of the execution of after it: what a campaign asks of its children does not reach it. */
async function cancelFromOutside(workflowId: string): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).cancel());
  } catch {
    // It has ended meanwhile.
  }
}

function stateOf(evidence: ExperimentEvidence, planned: PlannedExperiment): Parameters<CampaignControl['end']>[1] {
  const states = { Passed: 'passed', Failed: 'failed', Error: 'error', Aborted: 'aborted', Skipped: 'skipped' } as const;
  return states[makeExperimentReport(evidence, planned).verdict];
}
