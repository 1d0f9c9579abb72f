import type { Selection } from '../contracts/campaign.ts';
import type { FaultAlias, FaultDeclaration } from '../faults/definition.ts';
import type { ReadEnv } from './litmus-env.ts';
import type { LitmusNotes } from './litmus-notes.ts';
import type { Path } from './problem.ts';

interface Named {
  fault: FaultDeclaration;
  alias?: FaultAlias;
}

/** What a Litmus experiment acts on: one choice, or, with SEQUENCE serial, one for each target it names. */
export function readSelections(notes: LitmusNotes, path: Path, named: Named, env: ReadEnv): Selection[] {
  const { targets } = named.fault;
  if (targets === 'workload' || targets === 'objects') return [{}];
  const { common, given } = env;
  const container = takeContainer(notes, named.fault, env);
  const narrowed = {
    ...(common.nodeSelector === undefined ? {} : { nodeSelector: common.nodeSelector }),
    ...container,
  };
  const place = (variable: string) => given.get(variable)?.path ?? path;
  const list = targets === 'nodes' ? common.nodes : common.names;
  const [key, share, one] =
    targets === 'nodes'
      ? (['nodes', 'NODES_AFFECTED_PERC', 'TARGET_NODES'] as const)
      : (['names', 'PODS_AFFECTED_PERC', 'TARGET_PODS'] as const);
  const { percent = 0, serial = false } = common;
  if (list !== undefined) {
    if (percent > 0) notes.warn('no-effect', place(share), `${share} has no effect beside ${one}, as in Litmus`);
    if (serial) return list.map((name) => ({ [key]: [name], ...narrowed }));
    return [{ [key]: list, ...narrowed }];
  }
  const all = named.alias?.litmusTargets === 'all';
  if (serial && (percent > 0 || all)) {
    const expected = `parallel, or the targets named by ${one}: which they are is not known before the run`;
    notes.problem({ path: place('SEQUENCE'), found: '"serial" with several targets that are not named', expected });
  }
  if (percent > 0) {
    const message = `${share}: Litmus rounds the number of targets down, squall up; both take at least one`;
    notes.warn('litmus-differs', place(share), message);
    return [{ percent, ...narrowed }];
  }
  return [all ? narrowed : { count: 1, ...narrowed }];
}

function takeContainer(notes: LitmusNotes, fault: FaultDeclaration, { common, given }: ReadEnv): Pick<Selection, 'container'> {
  const variable = given.get('TARGET_CONTAINER');
  if (common.container === undefined || variable === undefined) return {};
  if (fault.needsContainer) return { container: common.container };
  notes.warn('no-effect', variable.path, `TARGET_CONTAINER has no effect: ${fault.name} acts on whole pods`);
  return {};
}
