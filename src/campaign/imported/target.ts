import type { CampaignTarget, Selection } from '../../contracts/campaign.ts';
import { parseLabelSelector } from '../label-selector.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import type { About, Draft } from './draft.ts';

/** What a squall campaign about several workloads becomes. */
const oneWorkload = 'squall takes one workload per campaign';

/** A label selector's requirements, as they are written: `app=redis`, `tier in (a,b)`. */
export function requirementsOf(selector: string): string[] {
  // a comma inside parentheses separates values, not requirements
  return [...new Set(selector.split(/,(?![^(]*\))/).map((part) => part.trim().replace(/^([^!=\s]+)\s*==?\s*/, '$1=')))];
}

/**
 * The one workload that all experiments of a document are about, and what each of them selects of it: the labels they have in common are
 * the workload's, the others the experiment's own. undefined, with a problem: there is no such workload.
 * @param others what else in the document is about a workload, such as probes
 * @param place where it is said that no workload is named
 * @param example what is to be added then
 */
export function oneTarget(
  notes: LitmusNotes,
  drafts: readonly Draft[],
  others: readonly About[],
  place: Path,
  example: string,
): { target: CampaignTarget; selections: Selection[] } | undefined {
  const all = [...drafts.map(({ about }) => about), ...others];
  const namespace = agreed(notes, all, ({ namespace }) => namespace, 'namespace');
  const workload = agreed(
    notes,
    all,
    ({ workload }) => (workload === undefined ? undefined : `${workload.kind} ${workload.name}`),
    'workload',
  );
  const labelled = all.filter(({ requirements }) => requirements.length > 0);
  const [first, ...rest] = labelled;
  const common = (first?.requirements ?? []).filter((one) => rest.every(({ requirements }) => requirements.includes(one)));
  if (first !== undefined && common.length === 0) {
    const odd = rest.find(({ requirements }) => !requirements.some((one) => first.requirements.includes(one))) ?? rest[0] ?? first;
    const found = `pods with ${odd.requirements.join(',')} beside pods with ${first.requirements.join(',')}`;
    notes.problem({ path: odd.path, found, expected: `the same pods everywhere, or a label in common: ${oneWorkload}` });
    return undefined;
  }
  const workloads = all.flatMap(({ workload }) => workload ?? []);
  // a pod that is named is one of those with the labels, where there are labels
  const named = workloads.find(({ kind }) => kind !== 'Pod' || common.length === 0);
  if (!namespace.agree || !workload.agree) return undefined;
  if (namespace.value === undefined || (common.length === 0 && named === undefined)) {
    notes.problem({ path: place, found: namespace.value === undefined ? 'no namespace' : 'no workload', expected: example });
    return undefined;
  }
  const selector = common.join(',');
  if (selector !== '' && !parseLabelSelector(selector).ok) return undefined;
  return {
    target: {
      cluster: 'default',
      namespace: namespace.value,
      ...(named ?? {}),
      ...(selector === '' ? {} : { selector }),
    },
    selections: drafts.map(({ selection, about }) => {
      const own = about.requirements.filter((one) => !common.includes(one));
      return own.length === 0 ? selection : { ...selection, selector: own.join(',') };
    }),
  };
}

function agreed(
  notes: LitmusNotes,
  all: readonly About[],
  part: (about: About) => string | undefined,
  what: string,
): { agree: boolean; value?: string } {
  const given = all.filter((about) => part(about) !== undefined);
  const value = given[0] === undefined ? undefined : part(given[0]);
  const other = given.find((about) => part(about) !== value);
  if (other !== undefined) {
    notes.problem({ path: other.path, found: `the ${what} ${part(other)} beside ${value}`, expected: `${value}: ${oneWorkload}` });
    return { agree: false };
  }
  return { agree: true, ...(value === undefined ? {} : { value }) };
}
