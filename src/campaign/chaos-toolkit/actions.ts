import type { Selection } from '../../contracts/campaign.ts';
import { readLabels } from '../chaos-mesh/selector.ts';
import { isRecord } from '../document.ts';
import { optional } from '../fields.ts';
import type { About } from '../imported/draft.ts';
import type { Given } from '../imported/parameters.ts';
import { requirementsOf } from '../imported/target.ts';
import { parseLabelSelector } from '../label-selector.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { oneOf } from '../suggest.ts';
import { describe, parseChoice, parseInteger, parseObjectName, parsePercent, parseText } from '../units.ts';
import type { Arguments, PythonProvider } from './activity.ts';

/** What an action of chaosk8s means. */
export interface MeantAction {
  /** a name in the catalogue */
  fault: string;
  given: Record<string, Given | undefined>;
  about: About;
  selection: Selection;
}

type Reader = (notes: LitmusNotes, args: Arguments) => MeantAction | undefined;

const actions: Record<string, Reader> = {
  terminate_pods: readTerminate,
  delete_pods: readTerminate,
  cordon_node: readCordon,
  drain_nodes: readDrain,
  scale_deployment: (notes, args) => readScale(notes, args, 'Deployment'),
  scale_microservice: (notes, args) => readScale(notes, args, 'Deployment'),
  scale_statefulset: (notes, args) => readScale(notes, args, 'StatefulSet'),
  deny_all_ingress: (notes, args) => readDenial(notes, args, 'ingress'),
  deny_all_egress: (notes, args) => readDenial(notes, args, 'egress'),
};

/** What squall does not do, and what is nearest. */
const others: Record<string, string> = {
  delete_nodes: 'drain_nodes or cordon_node: squall deletes no node, since it could not put it back',
  create_node: 'no such action: squall adds no node',
  exec_in_pods: 'no such action: squall runs no command of yours',
  create_network_policy: 'deny_all_ingress or deny_all_egress; a squall.dev/v1 Campaign has pod-network-partition',
  remove_network_policy: 'no such action; a squall.dev/v1 Campaign has object-delete',
  allow_dns_access: "no such action: the fault application-outage of a squall.dev/v1 Campaign has exceptPorts: ['53']",
  delete_deployment: 'scale_deployment; a squall.dev/v1 Campaign has object-delete',
  delete_replica_set: 'terminate_pods; a squall.dev/v1 Campaign has object-delete',
  remove_statefulset: 'scale_statefulset; a squall.dev/v1 Campaign has object-delete',
  delete_ingress: 'no such action; a squall.dev/v1 Campaign has object-delete',
  remove_service_endpoint: 'no such action; a squall.dev/v1 Campaign has object-delete',
  kill_microservice: 'terminate_pods',
  rollout_deployment: 'terminate_pods: squall restarts no Deployment as a whole',
};

/** The actions that undo a fault, which squall does by itself. */
export const undoing: Record<string, readonly string[]> = {
  uncordon_node: ['node-cordon', 'node-drain'],
  remove_deny_all_ingress: ['application-outage'],
  remove_deny_all_egress: ['application-outage'],
};

/** In the rollbacks these undo, too: the number of replicas there was before is put back. */
export const undoingAtEnd: Record<string, readonly string[]> = {
  ...undoing,
  scale_deployment: ['workload-scale'],
  scale_microservice: ['workload-scale'],
  scale_statefulset: ['workload-scale'],
};

export function readAction(notes: LitmusNotes, { module, func, path, arguments: args }: PythonProvider): MeantAction | undefined {
  const read = Object.hasOwn(actions, func) ? actions[func] : undefined;
  if (read !== undefined && !module.startsWith('chaosk8s.chaosmesh')) return read(notes, args);
  const nearest = Object.hasOwn(others, func) ? others[func] : undefined;
  const mesh = module.startsWith('chaosk8s.chaosmesh')
    ? 'no action of Chaos Mesh: squall runs a document of Chaos Mesh as it is'
    : undefined;
  notes.problem({ path, found: describe(func), expected: mesh ?? nearest ?? oneOf(Object.keys(actions), func) });
  return undefined;
}

function readTerminate(notes: LitmusNotes, args: Arguments): MeantAction | undefined {
  const known = ['label_selector', 'name_pattern', 'name', 'all', 'rand', 'mode', 'qty', 'grace_period', 'ns', 'order'];
  if (!args.check(known)) return undefined;
  const requirements = readSelector(notes, args, 'label_selector');
  const names = readNames(notes, args);
  const all = args.flag('all');
  const random = args.flag('rand');
  const order =
    args.value('order') === undefined
      ? 'alphabetic'
      : notes.read(args.at('order'), (value) => parseChoice(value, ['alphabetic', 'oldest']));
  const share = all ? {} : readShare(notes, args);
  const alone = names?.length === 1 && share.count === 1;
  if (!all && !random && !alone) {
    if (order === 'oldest') {
      notes.problem({ path: args.at('order'), found: 'oldest', expected: 'alphabetic, or rand: squall does not choose by age' });
    } else {
      notes.warn(
        'chaos-toolkit-differs',
        args.path,
        'Chaos Toolkit would take the first pods by their names; squall draws them, by the seed of the run',
      );
    }
  }
  const grace = notes.valueAt(args.at('grace_period'));
  const given = typeof grace === 'number' && grace < 0 ? undefined : args.value('grace_period');
  const gracePeriod: Given | undefined =
    given === undefined
      ? undefined
      : { value: Number.isInteger(given) ? `${given}s` : given, path: args.at('grace_period'), written: given };
  if (
    requirements.length === 0 &&
    names === undefined &&
    args.value('label_selector') === undefined &&
    args.value('name_pattern') === undefined
  ) {
    const expected = 'label_selector: without one Chaos Toolkit takes any pod of the namespace, squall those of one workload';
    notes.problem({ path: args.path, found: 'no label_selector', expected });
  }
  return {
    fault: 'pod-delete',
    given: { gracePeriod },
    about: aboutOf(
      args.at('label_selector'),
      args.namespace(),
      requirements,
      requirements.length === 0 && names?.length === 1 ? { kind: 'Pod', name: names[0] ?? '' } : undefined,
    ),
    selection: { ...optional({ names }), ...(alone ? {} : share) },
  };
}

/** A pattern of names that means just some names: `^redis-0$`. `name` is what `delete_pods` calls it. */
function readNames(notes: LitmusNotes, args: Arguments): string[] | undefined {
  const key = args.value('name_pattern') === undefined ? 'name' : 'name_pattern';
  if (args.value(key) === undefined) return undefined;
  const pattern = notes.read(args.at(key), (value) => parseText(value, '^redis-0$'));
  if (pattern === undefined) return undefined;
  const inner = /^\^\(?([a-z0-9.|-]+?)\)?\$$/.exec(pattern)?.[1]?.split('|');
  const names = inner?.filter((name) => parseObjectName(name, 'redis-0').ok && !name.includes('.'));
  const bracketed = /^\^\(.*\)\$$/.test(pattern);
  if (inner !== undefined && names?.length === inner.length && (inner.length === 1 || bracketed)) return [...new Set(names)];
  const expected = 'names alone, for example ^redis-0$ or ^(redis-0|redis-1)$: squall chooses pods by names and labels';
  notes.problem({ path: args.at(key), found: describe(pattern), expected });
  return undefined;
}

function readShare(notes: LitmusNotes, args: Arguments): Pick<Selection, 'count' | 'percent'> {
  const mode =
    args.value('mode') === undefined ? 'fixed' : notes.read(args.at('mode'), (value) => parseChoice(value, ['fixed', 'percentage']));
  if (mode === undefined) return {};
  if (args.value('qty') === undefined) return mode === 'fixed' ? { count: 1 } : { percent: 1 };
  const place = args.at('qty');
  if (mode === 'fixed') return optional({ count: notes.read(place, (value) => parseInteger(value, { min: 1 })) });
  return optional({ percent: notes.read(place, (value) => parsePercent(value, { min: 1 })) });
}

function readCordon(notes: LitmusNotes, args: Arguments): MeantAction | undefined {
  if (!args.check(['name', 'label_selector'])) return undefined;
  const nodes = readNodes(notes, args);
  if (nodes === undefined) return undefined;
  return { fault: 'node-cordon', given: {}, about: { path: args.path, requirements: [] }, selection: nodes };
}

function readDrain(notes: LitmusNotes, args: Arguments): MeantAction | undefined {
  const known = ['name', 'label_selector', 'delete_pods_with_local_storage', 'timeout', 'count', 'pod_label_selector', 'pod_namespace'];
  if (!args.check(known)) return undefined;
  const byPods = args.value('pod_label_selector') !== undefined;
  const nodes = readNodes(notes, args, byPods);
  const requirements = readSelector(notes, args, 'pod_label_selector');
  const namespace = args.value('pod_namespace') === undefined ? undefined : args.namespace('pod_namespace');
  if (byPods !== (args.value('pod_namespace') !== undefined)) {
    const expected = 'pod_label_selector and pod_namespace together: Chaos Toolkit takes no notice of one of them alone';
    notes.problem({ path: args.path, found: byPods ? 'no pod_namespace' : 'no pod_label_selector', expected });
  }
  const count = args.value('count') === undefined ? undefined : notes.read(args.at('count'), (value) => parseInteger(value, { min: 1 }));
  const timeout = args.value('timeout');
  if (nodes === undefined) return undefined;
  return {
    fault: 'node-drain',
    given: {
      deleteEmptyDirData: givenOf(args, 'delete_pods_with_local_storage'),
      timeout:
        timeout === undefined
          ? undefined
          : { value: typeof timeout === 'number' ? `${timeout}s` : timeout, path: args.at('timeout'), written: timeout },
    },
    about: aboutOf(args.at('pod_label_selector'), namespace, requirements, undefined),
    // filters of pods are of no use beside those of nodes unless they are said here, too
    selection: {
      ...nodes,
      ...optional({ count }),
      ...(requirements.length === 0 || Object.keys(nodes).length === 0 ? {} : { selector: requirements.join(',') }),
    },
  };
}

/** The nodes an action names. undefined, with a problem: all nodes. */
function readNodes(notes: LitmusNotes, args: Arguments, byPods = false): Pick<Selection, 'nodes' | 'nodeSelector'> | undefined {
  const name = args.value('name') === undefined ? undefined : notes.read(args.at('name'), (value) => parseObjectName(value, 'worker-1'));
  const labels = readSelector(notes, args, 'label_selector');
  if (args.value('name') === undefined && args.value('label_selector') === undefined && !byPods) {
    notes.problem({
      path: args.path,
      found: 'neither name nor label_selector',
      expected: 'one of them: squall does not act on all nodes of a cluster',
    });
    return undefined;
  }
  return optional({ nodes: name === undefined ? undefined : [name], nodeSelector: labels.length === 0 ? undefined : labels.join(',') });
}

function readScale(notes: LitmusNotes, args: Arguments, kind: 'Deployment' | 'StatefulSet'): MeantAction | undefined {
  if (!args.check(['name', 'replicas', 'ns'])) return undefined;
  const name = notes.read(args.at('name'), (value) => parseObjectName(value, 'redis'));
  const replicas = givenOf(args, 'replicas');
  if (replicas === undefined) notes.problem({ path: args.at('replicas'), found: 'nothing', expected: 'the number of replicas' });
  const namespace = args.namespace();
  if (name === undefined || replicas === undefined) return undefined;
  return { fault: 'workload-scale', given: { replicas }, about: aboutOf(args.at('name'), namespace, [], { kind, name }), selection: {} };
}

function readDenial(notes: LitmusNotes, args: Arguments, block: 'ingress' | 'egress'): MeantAction | undefined {
  if (!args.check(['label_selectors', 'ns'])) return undefined;
  const labels = readLabels(notes, args.at('label_selectors'));
  const written = args.value('label_selectors');
  if (written === undefined || (isRecord(written) && Object.keys(written).length === 0)) {
    const expected = 'label_selectors: without them Chaos Toolkit takes all pods of the namespace, squall those of one workload';
    notes.problem({ path: args.path, found: 'no label_selectors', expected });
  }
  return {
    fault: 'application-outage',
    given: { block: { value: block, path: args.path } },
    about: aboutOf(args.at('label_selectors'), args.namespace(), labels, undefined),
    selection: {},
  };
}

/** A label selector's requirements. */
export function readSelector(notes: LitmusNotes, args: Arguments, name: string): string[] {
  if (args.value(name) === undefined) return [];
  const selector = notes.read(args.at(name), parseLabelSelector);
  return selector === undefined ? [] : requirementsOf(selector);
}

function aboutOf(path: Path, namespace: string | undefined, requirements: string[], workload: About['workload']): About {
  return { path, requirements, ...(namespace === undefined ? {} : { namespace }), ...(workload === undefined ? {} : { workload }) };
}

function givenOf(args: Arguments, name: string): Given | undefined {
  const value = args.value(name);
  return value === undefined ? undefined : { value, path: args.at(name) };
}
