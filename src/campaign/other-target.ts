import type { CampaignTarget } from '../contracts/campaign.ts';
import { keyOf } from '../contracts/targets.ts';
import { optional } from './fields.ts';
import type { Issue, Path } from './problem.ts';
import type { WrittenExperiment } from './schema.ts';

type Written = Pick<WrittenExperiment, 'workload'> & { cluster?: string | undefined };

/** The workload of an experiment that names another cluster, or another workload there; undefined: it is the campaign's. */
export function otherTarget(
  campaign: CampaignTarget,
  { cluster = campaign.cluster, workload = {} }: { cluster?: string | undefined; workload?: WrittenExperiment['workload'] | undefined },
): CampaignTarget | undefined {
  const { namespace = campaign.namespace, kind, name, selector } = workload;
  // Who names a workload names all of it.
  const named = name === undefined && selector === undefined ? pick(campaign) : optional({ kind, name, selector });
  const target = { cluster, namespace, ...named };
  return keyOf(target) === keyOf(campaign) ? undefined : target;
}

/** In each cluster a campaign acts on one workload: what it does to several could not be told apart by what is measured. */
export function targetIssues(campaign: CampaignTarget, experiments: readonly { experiment: Written; path: Path }[]): Issue[] {
  const known = new Map([[campaign.cluster, { target: campaign, of: 'the campaign' }]]);
  return experiments.flatMap(({ experiment, path }): Issue[] => {
    const target = otherTarget(campaign, experiment) ?? campaign;
    const first = known.get(target.cluster);
    if (first === undefined) {
      known.set(target.cluster, { target, of: 'an experiment before' });
      return [];
    }
    if (keyOf(first.target) === keyOf(target)) return [];
    const key = experiment.workload === undefined ? 'cluster' : 'workload';
    const expected = `${tell(first.target)}, on which ${first.of} acts there: one workload in each cluster`;
    return [{ path: [...path, key], found: `${tell(target)} in cluster ${target.cluster}`, expected }];
  });
}

function pick({ kind, name, selector }: CampaignTarget): Pick<CampaignTarget, 'kind' | 'name' | 'selector'> {
  return optional({ kind, name, selector });
}

function tell({ namespace, kind, name, selector }: CampaignTarget): string {
  const workload = [kind, name, selector].filter((part) => part !== undefined).join(' ');
  return `${workload} of namespace ${namespace}`;
}
