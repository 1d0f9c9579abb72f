import type { PreflightFaultsInput } from '../contracts/activities.ts';
import type { Refusal } from '../contracts/plan.ts';
import { verbsOf } from '../faults/all-verbs.ts';
import { RefusedError } from '../faults/verbs.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';

/**
 * Asks every fault of a plan whether and how it can be done on its targets as they are now, before the first of them
 * touches anything: a campaign that could not do its third experiment is refused before its first.
 */
export async function preflightFaults({ runId, plan }: PreflightFaultsInput, deps: Dependencies, signal: AbortSignal): Promise<Refusal[]> {
  const { campaign, inventory } = plan;
  const context = faultContext(campaign.target.cluster, deps, signal);
  const answers = await Promise.all(
    plan.experiments.map(async ({ spec, targets }, index): Promise<Refusal[]> => {
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
        await verbsOf(spec.fault).prepare(context, draft);
        return [];
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        return [{ code: 'no-mechanism', subject: spec.name, message: error.message }];
      }
    }),
  );
  return answers.flat();
}
