import type { PreflightFaultsInput } from '../contracts/activities.ts';
import type { Prepared } from '../contracts/evidence.ts';
import type { PlannedExperiment, Refusal } from '../contracts/plan.ts';
import { verbsOf } from '../faults/all-verbs.ts';
import { RefusedError } from '../faults/verbs.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';
import { preparedBy } from './prepare-fault.ts';

/**
 * Asks every fault of a plan whether and how it can be done on its targets as they are now, before the first of them
 * touches anything: a campaign that could not do its third experiment is refused before its first.
 */
export async function preflightFaults(input: PreflightFaultsInput, deps: Dependencies, signal: AbortSignal): Promise<Refusal[]> {
  return (await preflightEach(input, deps, signal)).flatMap(({ refusal }) => refusal ?? []);
}

export interface Preflighted {
  planned: PlannedExperiment;
  /** the id under which it was asked for */
  id: string;
  /** why it can't be done; absent: it can */
  refusal?: Refusal;
  /** as a preparation would have it now; absent: it can't be done */
  prepared?: Prepared;
}

/** The same, with what each fault answered, in the order of the plan's experiments. */
export function preflightEach({ runId, plan }: PreflightFaultsInput, deps: Dependencies, signal: AbortSignal): Promise<Preflighted[]> {
  const { campaign, inventory } = plan;
  const context = faultContext(campaign.target.cluster, deps, signal);
  return Promise.all(
    plan.experiments.map(async (planned, index): Promise<Preflighted> => {
      const { spec, targets } = planned;
      const draft = {
        id: `${runId}-preflight-${index + 1}`
          .toLowerCase()
          .replaceAll(/[^a-z0-9-]/g, '-')
          .slice(-63),
        runId,
        experiment: spec.name,
        fault: spec.fault,
        cluster: campaign.target.cluster,
        namespace: inventory.namespace,
        selector: inventory.selector,
        targets,
        parameters: spec.parameters,
        onRestart: spec.onRestart,
      };
      try {
        const mechanism = await verbsOf(spec.fault).prepare(context, draft);
        return { planned, id: draft.id, prepared: preparedBy(mechanism, draft, inventory, plan.warnings) };
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        return { planned, id: draft.id, refusal: { code: 'no-mechanism', subject: spec.name, message: error.message } };
      }
    }),
  );
}
