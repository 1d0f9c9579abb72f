import { command } from '../declare.ts';

export const serviceCommands = [
  command({
    name: 'worker',
    group: 'service',
    summary: 'runs a worker until it is told to end: it does what runs are made of',
    details: 'Configured by the environment: docs/configuration.md. Any number of workers share the work.',
    arguments: [],
    options: {},
    examples: [{ words: 'worker', what: 'with TEMPORAL_ADDRESS and KUBECONFIG' }],
    run: async () => (await import('../service.ts')).worker(),
  }),
  command({
    name: 'api',
    group: 'service',
    summary: 'runs the REST API until it is told to end',
    details: 'Configured by the environment: docs/configuration.md.',
    arguments: [],
    options: {},
    examples: [{ words: 'api', what: 'on SQUALL_API_HOST and SQUALL_API_PORT' }],
    run: async () => (await import('../service.ts')).api(),
  }),
];
