import { actorOption, apiOption, clusterOption, directOption, outputOption } from '../common-options.ts';
import { command } from '../declare.ts';

const ways = { ...apiOption, ...directOption, ...outputOption } as const;
const reason = { reason: { kind: 'text', value: 'TEXT', what: 'why' } } as const;

export const haltOptions = { ...reason, ...actorOption, ...clusterOption, ...ways } as const;
export const holdsOptions = { ...clusterOption, ...ways } as const;

const either = `Goes by the API when one is configured (\`--api\` or \`SQUALL_API_URL\`), else straight to Temporal, as it does with \`--direct\`.`;

export const switchCommands = [
  command({
    name: 'halt',
    group: 'switch',
    summary: 'the kill switch: stops every run, undoes all faults, and refuses new runs until it is lifted',
    details: `It waits until all is proven undone, and tells how long that took. ${either} When Temporal is down too, \`squall sweep --all --yes\`
undoes everything straight on the clusters.`,
    arguments: [],
    options: haltOptions,
    exits: [
      [0, 'halted, and all is undone'],
      [1, 'something is not undone within two minutes'],
      [69, 'no worker took it up yet; the switch stays thrown'],
    ],
    examples: [
      { words: "halt --reason 'customers see errors'", what: 'everywhere; the reason is needed' },
      { words: "halt --reason 'an incident' --cluster production", what: 'on one cluster' },
    ],
    run: async (given) => (await import('../halt.ts')).halt(given),
  }),
  command({
    name: 'lift',
    group: 'switch',
    summary: 'lifts the kill switch: new runs are granted again',
    details: either,
    arguments: [],
    options: haltOptions,
    examples: [{ words: 'lift', what: 'everywhere' }],
    run: async (given) => (await import('../halt.ts')).lift(given),
  }),
  command({
    name: 'holds',
    group: 'switch',
    summary: 'which run holds what, which wait, and whether all is halted',
    details: either,
    arguments: [],
    options: holdsOptions,
    examples: [{ words: 'holds', what: 'on all clusters' }],
    run: async (given) => (await import('../halt.ts')).holds(given),
  }),
];
