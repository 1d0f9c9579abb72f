import { apiOption, outputOption } from '../common-options.ts';
import { command } from '../declare.ts';

const place = {
  context: { kind: 'text', value: 'NAME', what: "a kubeconfig's context; else all clusters of SQUALL_CLUSTERS" },
  namespace: { kind: 'text', value: 'NAME', what: 'one namespace, and no nodes; else all' },
} as const;

export const sweepOptions = {
  ...place,
  run: { kind: 'text', value: 'RUN', what: 'all faults of one run, whether or not it goes on', complete: 'run' },
  all: { kind: 'flag', what: 'every fault, those of living runs, too' },
  yes: { kind: 'flag', what: 'undoes what was found; else it is only told' },
  ...outputOption,
} as const;

export const doctorAreas = ['api', 'temporal', 'clusters', 'rights', 'kernels', 'metrics', 'leftovers'] as const;

export const doctorOptions = {
  only: { kind: 'text', value: 'AREA', many: true, choices: doctorAreas, what: `just this of ${doctorAreas.join(', ')}` },
  ...place,
  ...apiOption,
  ...outputOption,
} as const;

export const clusterCommands = [
  command({
    name: 'sweep',
    group: 'clusters',
    summary: 'finds faults that nobody undoes any more, straight on the clusters, and undoes them with --yes',
    details: 'Neither the API, nor a worker, nor Temporal needs to be up; your kubeconfig is what it goes by.',
    arguments: [],
    options: sweepOptions,
    exits: [
      [0, 'nothing is left'],
      [1, 'something is'],
      [69, 'a cluster could not be looked through'],
    ],
    examples: [
      { words: 'sweep', what: 'what is left, and what would be undone' },
      { words: 'sweep --yes', what: 'undo it' },
      { words: 'sweep --all --yes', what: 'undo every fault, whatever goes on' },
    ],
    run: async (given) => (await import('../sweep.ts')).sweep(given),
  }),
  command({
    name: 'doctor',
    group: 'clusters',
    summary: 'looks at all that squall needs, and says how to mend what is wrong',
    details: `It asks the API, Temporal (its namespace, search attributes, workers, the janitor's schedule), each cluster (whether it answers, the
rights your kubeconfig has for each fault, the kernels of its nodes), Prometheus and the worker's metrics, and looks for what squall left.
It reads the same environment as API and worker, and touches nothing. Rights are those of your kubeconfig: with the worker's, they are
the worker's.`,
    arguments: [],
    options: doctorOptions,
    exits: [
      [0, 'all is well, or there are warnings only'],
      [1, 'something is wrong, or something is left that nobody undoes'],
    ],
    examples: [
      { words: 'doctor', what: 'look at everything' },
      { words: 'doctor --only rights --namespace shop', what: 'which faults your rights suffice for' },
      { words: 'doctor --only leftovers', what: 'what squall left in the clusters' },
    ],
    run: async (given) => (await import('../doctor/doctor.ts')).doctor(given),
  }),
];
