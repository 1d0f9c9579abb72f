import { apiOption, outputOption } from '../common-options.ts';
import { command } from '../declare.ts';

export const lintOptions = {
  output: {
    kind: 'text',
    value: 'FORMAT',
    choices: ['table', 'json', 'yaml', 'sarif'],
    default: 'table',
    what: 'table (a line each: file:line:column), json, yaml, or sarif (SARIF 2.1.0)',
  },
  'stdin-name': { kind: 'text', value: 'NAME', default: 'stdin', what: 'what a document from standard input is called' },
  strict: { kind: 'flag', what: 'warnings count as mistakes' },
  'pass-others': { kind: 'flag', what: 'files that are no campaigns are passed over' },
} as const;

export const planOptions = {
  ...apiOption,
  ...outputOption,
  seed: { kind: 'text', value: 'SEED', what: 'what random choices are made from' },
  rbac: { kind: 'flag', what: 'prints the least rights of a worker for it, as manifests for kubectl apply, and nothing else' },
  'service-account': {
    kind: 'text',
    value: 'NAMESPACE/NAME',
    default: 'squall/squall-worker',
    what: 'with --rbac: whose rights they are',
  },
} as const;

export const checkDashboardOptions = {
  prometheus: { kind: 'text', value: 'URL', what: 'the Prometheus to ask; else SQUALL_PROMETHEUS_URL' },
  var: { kind: 'text', value: 'NAME=VALUE', many: true, what: 'a value of a variable; several of one name are several values' },
  'may-be-empty': { kind: 'text', value: 'TITLE', many: true, what: 'a panel that may have no data' },
  'token-file': {
    kind: 'text',
    value: 'FILE',
    what: "with a dashboard's address: the token of a service account of Grafana's",
    complete: 'file',
  },
  ...outputOption,
} as const;

export const documentCommands = [
  command({
    name: 'lint',
    group: 'documents',
    summary: 'checks campaigns for mistakes, all of them at once; needs nothing but the files',
    details: `Takes squall's own language, saved campaigns (\`kind: Schedule\`) and the documents of Litmus, Chaos Mesh and Chaos Toolkit that squall runs. A file of the name
\`-\` is standard input. Warnings (an alias was used, a Litmus field means something else here) leave the exit code alone, unless
\`--strict\` is given.`,
    arguments: [{ name: 'FILE', many: true, what: 'campaigns in YAML or JSON; - is standard input', complete: 'file' }],
    options: lintOptions,
    exits: [
      [0, 'no mistakes'],
      [1, 'mistakes, or a file that could not be read'],
    ],
    examples: [
      { words: 'lint campaigns/*.yaml', what: 'check before a commit' },
      { words: 'lint --output sarif campaigns/*.yaml > squall.sarif', what: 'for code scanning' },
      { words: 'lint --stdin-name shop.yaml - < shop.yaml', what: 'what an editor does with its buffer' },
    ],
    run: async (given) => (await import('../lint/lint.ts')).lint(given),
  }),
  command({
    name: 'schema',
    group: 'documents',
    summary: 'prints the JSON Schema of the campaign language, for completion and checks in editors',
    arguments: [],
    options: {},
    examples: [
      { words: 'schema > campaign.schema.json', what: 'then begin a campaign with # yaml-language-server: $schema=campaign.schema.json' },
    ],
    run: async () => (await import('../schema.ts')).schema(),
  }),
  command({
    name: 'faults',
    group: 'documents',
    summary: 'the catalogue of faults, or all there is to know of one',
    arguments: [{ name: 'NAME', optional: true, what: 'a fault, or an alias of one', complete: 'fault' }],
    options: outputOption,
    examples: [
      { words: 'faults', what: 'a line each' },
      { words: 'faults pod-network-latency', what: 'its parameters, what it needs, an example' },
    ],
    run: async (given) => (await import('../faults.ts')).faults(given),
  }),
  command({
    name: 'plan',
    group: 'documents',
    summary: 'what a run of a campaign would do, to what, and what forbids it; touches nothing',
    arguments: [{ name: 'FILE', what: 'the campaign; - is standard input', complete: 'file' }],
    options: planOptions,
    exits: [
      [0, 'a run may begin'],
      [1, 'something forbids it'],
    ],
    examples: [
      { words: 'plan campaign.yaml', what: 'targets, what is injected and undone, rights, refusals' },
      { words: 'plan campaign.yaml --output json', what: 'the whole plan' },
      { words: 'plan campaign.yaml --rbac | kubectl apply -f -', what: 'give the worker the rights it needs, and no others' },
    ],
    run: async (given) => (await import('../plan.ts')).plan(given),
  }),
  command({
    name: 'check-dashboard',
    group: 'documents',
    summary: 'asks Prometheus what a Grafana dashboard asks, and names each panel that has no data',
    details: `A panel over metrics that nobody scrapes looks calm during any chaos. Variables stand for what they do when somebody opens the dashboard;
those that are queries are asked, too. A panel with a text for no value may be empty. A run asks the same of the dashboards its campaign names
(\`spec.preflight.dashboards\`), before it touches anything.`,
    arguments: [
      {
        name: 'DASHBOARD',
        what: 'its JSON in a file, as Grafana exports it, or its address in Grafana; - is standard input',
        complete: 'file',
      },
    ],
    options: checkDashboardOptions,
    exits: [
      [0, 'each panel has data, or may be empty'],
      [1, 'a panel has none, or its query fails'],
      [69, 'Prometheus, or Grafana, does not answer'],
    ],
    examples: [
      { words: 'check-dashboard redis.json --prometheus http://127.0.0.1:9090', what: 'each panel, and what came back' },
      {
        words: 'check-dashboard redis.json --var namespace=shop --var pod=redis-0 --var pod=redis-1',
        what: 'as it looks for this namespace and these pods',
      },
      { words: 'check-dashboard http://grafana:3000/d/redis --token-file token', what: 'one that is in Grafana' },
    ],
    run: async (given) => (await import('../check-dashboard.ts')).checkDashboardCommand(given),
  }),
];
