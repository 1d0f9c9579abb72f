import { apiVersion, kind } from '../schema.ts';
import { experimentSchema, workloadKeys } from './experiment-schema.ts';
import {
  booleanForm,
  choiceForm,
  durationForm,
  integerForm,
  type JsonSchema,
  listForm,
  mappingForm,
  nameForm,
  percentForm,
  textForm,
  told,
} from './forms.ts';
import { preflightSchema } from './preflight-schema.ts';
import { probeSchema, stopConditionSchema } from './probe-schema.ts';

const hypothesis: JsonSchema = { type: 'array', items: { $ref: '#/definitions/probe' } };
const anExperiment: JsonSchema = { $ref: '#/definitions/experiment', description: 'one fault on some targets, judged by a hypothesis' };

/**
 * The campaign language as JSON Schema: for editors, and for programs that write campaigns. It is kept in schema/campaign.schema.json.
 * Faults, their parameters and probe types come from the catalogues; a test finds all other keys the same as the parser's.
 */
export function campaignSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `https://squall.dev/${apiVersion.split('/')[1]}/campaign.schema.json`,
    title: 'A squall campaign',
    ...mappingForm(
      {
        apiVersion: told({ const: apiVersion }, 'the version of the language'),
        kind: told({ const: kind }, 'what the document is'),
        metadata: told(
          mappingForm(
            { name: told(nameForm, 'of the campaign; the ids of its runs begin with it', { examples: ['redis-survives'] }) },
            { required: ['name'] },
          ),
          'what the document goes by',
        ),
        spec: told(spec, 'the campaign itself'),
      },
      { required: ['apiVersion', 'kind', 'metadata', 'spec'] },
    ),
    definitions: { probe: probeSchema(), stopCondition: stopConditionSchema(), experiment: experimentSchema(hypothesis) },
  };
}

const target = mappingForm(
  {
    cluster: told(textForm, 'a cluster that squall is configured with; absent: default', { default: 'default', examples: ['staging'] }),
    namespace: told(nameForm, 'of the workload', { examples: ['shop'] }),
    ...workloadKeys,
  },
  { required: ['namespace'], anyOf: [{ required: ['name'] }, { required: ['selector'] }], dependencies: { name: ['kind'] } },
);

const policy = mappingForm(
  {
    optIn: told(choiceForm(['none', 'squall', 'litmus']), 'what targets must carry; absent: none', {
      default: 'none',
      examples: ['squall'],
    }),
    maxTargets: told(
      { type: ['integer', 'string'], minimum: 1, pattern: '^(\\d+|\\d+(\\.\\d+)?([eE][+-]?\\d+)?%)$', examples: [2, '50%'] },
      'how many pods may be hit at once: a number, or a share of the workload',
    ),
    protectedPods: told(listForm(), 'pods that are never hit', { examples: [['redis-leader-2']] }),
    overlap: told(choiceForm(['refuse', 'queue']), 'what becomes of the run when another holds its targets; absent: refuse', {
      default: 'refuse',
      examples: ['queue'],
    }),
    queueTimeout: told(durationForm, 'how long it waits for another, 1s to 24h; absent: 30m', { default: '30m', examples: ['2h'] }),
    allowLastReady: told(booleanForm, 'also the last ready pod of a workload may be taken away; absent: false', { default: false }),
    ignoreDisruptionBudgets: told(booleanForm, 'PodDisruptionBudgets are not looked at; absent: false', { default: false }),
  },
  { dependencies: { queueTimeout: { required: ['overlap'], properties: { overlap: { const: 'queue' } } } } },
);

const step: JsonSchema = {
  description: 'one of experiment, parallel, wait and approval',
  ...mappingForm(
    {
      experiment: anExperiment,
      parallel: told(
        { type: 'array', minItems: 2, items: mappingForm({ experiment: anExperiment }, { required: ['experiment'] }) },
        'experiments that are done side by side',
      ),
      wait: told(durationForm, 'goes on after this time, 1s to 24h'),
      approval: told(
        mappingForm({
          name: told(nameForm, 'what is approved; absent: approval', { default: 'approval', examples: ['now-the-primary'] }),
          timeout: told(durationForm, 'how long it is waited for, 1s to 720h; absent: 1h', { default: '1h', examples: ['2h'] }),
          onTimeout: told(choiceForm(['abort', 'continue']), 'what happens when nobody answered; absent: abort', { default: 'abort' }),
        }),
        'waits for a person',
      ),
    },
    { minProperties: 1, maxProperties: 1 },
  ),
};

const spec = mappingForm(
  {
    target: told(target, 'the workload: by kind and name, or by a label selector'),
    policy: told(policy, 'what may be hit, and when'),
    hypothesis: { ...hypothesis, description: 'what must hold in all experiments; absent: what fits the workload' },
    stopConditions: told({ type: 'array', items: { $ref: '#/definitions/stopCondition' } }, 'what ends the run at once'),
    preflight: preflightSchema(),
    steps: told({ type: 'array', minItems: 1, items: step }, 'what is done, in order'),
    repeat: told(
      mappingForm(
        {
          times: told(integerForm(2, 100_000), 'how often', { examples: [10] }),
          for: told(durationForm, 'or how long, 1s to 2160h', { examples: ['72h'] }),
          pause: told(durationForm, 'between two rounds; absent: none', { examples: ['15m'] }),
        },
        { anyOf: [{ required: ['times'] }, { required: ['for'] }] },
      ),
      'does the steps again and again',
    ),
    gate: told(percentForm(), 'the least score that lets a deploy pass; absent: there is no gate', { examples: ['80%'] }),
    seed: told({ type: ['string', 'integer'], pattern: '\\S' }, 'what random choices are made from; absent: the id of the run', {
      examples: [42],
    }),
  },
  { required: ['target', 'steps'] },
);
