import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { isCancellation, sleep, startChild } from '@temporalio/workflow';
import type { ExperimentEvidence } from '../contracts/evidence.ts';
import { searchAttributes } from '../contracts/names.ts';
import type { Plan, PlannedExperiment } from '../contracts/plan.ts';
import { experimentWorkflowId } from '../contracts/run.ts';
import { makeExperimentReport } from '../report/experiment-report.ts';
import type { CampaignControl } from './campaign-control.ts';
import { experiment } from './experiment.ts';

/** Begins experiments as child workflows and awaits their evidence. */
export class ExperimentRunner {
  /** experiments begun so far: the index of the last one */
  begun: number;
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
    try {
      const evidence = await child.result();
      state = stateOf(evidence, planned);
      return evidence;
    } catch (error) {
      this.unproven = true;
      if (isCancellation(error)) state = 'aborted';
      throw error;
    } finally {
      this.#control.end(name, state);
    }
  }

  async #start(plan: Plan, planned: PlannedExperiment, index: number, attempt: number) {
    const { name, fault } = planned.spec;
    const { target } = plan.campaign;
    for (;;) {
      try {
        return await startChild(experiment, {
          workflowId: experimentWorkflowId(this.#runId, index, name),
          args: [
            {
              runId: this.#runId,
              campaign: plan.campaign,
              seed: this.#seed,
              inventory: plan.inventory,
              experiment: planned,
              index,
              ...(attempt === 1 ? {} : { attempt }),
            },
          ],
          cancellationType: 'WAIT_CANCELLATION_COMPLETED',
          // Terminated campaigns must not leave an experiment running on: it is cancelled, and so undone.
          parentClosePolicy: 'REQUEST_CANCEL',
          staticSummary: `${name}: ${fault}`,
          typedSearchAttributes: [
            { key: searchAttributes.campaign, value: plan.campaign.name },
            { key: searchAttributes.cluster, value: target.cluster },
            { key: searchAttributes.namespace, value: target.namespace },
          ],
        });
      } catch (error) {
        // After a reset: the experiment of before the reset is still being undone.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        await sleep('1s', { summary: `until the ${name} of before the reset has ended` });
      }
    }
  }
}

function stateOf(evidence: ExperimentEvidence, planned: PlannedExperiment): Parameters<CampaignControl['end']>[1] {
  const states = { Passed: 'passed', Failed: 'failed', Error: 'error', Aborted: 'aborted', Skipped: 'skipped' } as const;
  return states[makeExperimentReport(evidence, planned).verdict];
}
