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
import { probeSchema, stopConditionSchema } from './probe-schema.ts';

const hypothesis: JsonSchema = { type: 'array', items: { $ref: '#/definitions/probe' } };
const experiment: JsonSchema = { $ref: '#/definitions/experiment' };

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
        apiVersion: { const: apiVersion },
        kind: { const: kind },
        metadata: mappingForm({ name: told(nameForm, 'of the campaign') }, { required: ['name'] }),
        spec,
      },
      { required: ['apiVersion', 'kind', 'metadata', 'spec'] },
    ),
    definitions: { probe: probeSchema(), stopCondition: stopConditionSchema(), experiment: experimentSchema(hypothesis) },
  };
}

const target = mappingForm(
  {
    cluster: told(textForm, 'a cluster that squall is configured with; absent: default'),
    namespace: told(nameForm, 'of the workload'),
    ...workloadKeys,
  },
  { required: ['namespace'], anyOf: [{ required: ['name'] }, { required: ['selector'] }], dependencies: { name: ['kind'] } },
);

const policy = mappingForm(
  {
    optIn: told(choiceForm(['none', 'squall', 'litmus']), 'what targets must carry; absent: none'),
    maxTargets: told(
      { type: ['integer', 'string'], minimum: 1, pattern: '^(\\d+|\\d+(\\.\\d+)?([eE][+-]?\\d+)?%)$', examples: [2, '50%'] },
      'how many pods may be hit at once: a number, or a share of the workload',
    ),
    protectedPods: told(listForm(), 'pods that are never hit'),
    overlap: told(choiceForm(['refuse', 'queue']), 'what becomes of the run when another holds its targets; absent: refuse'),
    queueTimeout: told(durationForm, 'how long it waits for another; absent: 30m'),
    allowLastReady: told(booleanForm, 'also the last ready pod of a workload may be taken away'),
    ignoreDisruptionBudgets: told(booleanForm, 'PodDisruptionBudgets are not looked at'),
  },
  { dependencies: { queueTimeout: { required: ['overlap'], properties: { overlap: { const: 'queue' } } } } },
);

const step: JsonSchema = {
  description: 'one of experiment, parallel, wait and approval',
  ...mappingForm(
    {
      experiment,
      parallel: told(
        { type: 'array', minItems: 2, items: mappingForm({ experiment }, { required: ['experiment'] }) },
        'experiments that are done side by side',
      ),
      wait: told(durationForm, 'goes on after this time, 1s to 24h'),
      approval: told(
        mappingForm({
          name: told(nameForm, 'what is approved; absent: approval'),
          timeout: told(durationForm, 'how long it is waited for, 1s to 720h; absent: 1h'),
          onTimeout: told(choiceForm(['abort', 'continue']), 'what happens then; absent: abort'),
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
    steps: told({ type: 'array', minItems: 1, items: step }, 'what is done, in order'),
    repeat: told(
      mappingForm(
        {
          times: told(integerForm(2, 100_000), 'how often'),
          for: told(durationForm, 'or how long, 1s to 2160h'),
          pause: told(durationForm, 'between two rounds'),
        },
        { anyOf: [{ required: ['times'] }, { required: ['for'] }] },
      ),
      'does the steps again and again',
    ),
    gate: told(percentForm(), 'the least score that lets a deploy pass'),
    seed: told({ type: ['string', 'integer'], pattern: '\\S' }, 'what random choices are made from'),
  },
  { required: ['target', 'steps'] },
);
