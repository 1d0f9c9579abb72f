import { faultDeclarations, faultNames } from '../../faults/declarations.ts';
import type { FaultDeclaration } from '../../faults/definition.ts';
import { formatDuration } from '../units.ts';
import {
  choiceForm,
  durationForm,
  implies,
  integerForm,
  type JsonSchema,
  listForm,
  mappingForm,
  nameForm,
  objectNameForm,
  percentForm,
  textForm,
  told,
} from './forms.ts';

/** How the workload of a campaign, or of an experiment, is named. */
export const workloadKeys: Record<string, JsonSchema> = {
  kind: told(choiceForm(['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Pod']), 'of the workload', { examples: ['StatefulSet'] }),
  name: told(objectNameForm, 'of the workload', { examples: ['redis-leader'] }),
  selector: told(textForm, 'its pods instead, by a label selector, as kubectl writes it: app=redis,tier in (cache,session)', {
    examples: ['app=redis'],
  }),
};

const selection = mappingForm(
  {
    role: told(choiceForm(['redis-primary', 'redis-replica']), 'by what redis says of them', { examples: ['redis-primary'] }),
    names: told(listForm(), 'pods by their names', { examples: [['redis-leader-1']] }),
    selector: told(textForm, 'pods by a further label selector', { examples: ['tier=cache'] }),
    nodes: told(listForm(), 'those on these nodes', { examples: [['worker-1']] }),
    nodeSelector: told(textForm, 'those on nodes of this label selector', { examples: ['disk=ssd'] }),
    zones: told(listForm(), 'those in these zones', { examples: [['eu-west-1a']] }),
    count: told(integerForm(1), 'so many of them, chosen by the seed', { examples: [1] }),
    percent: told(percentForm(), 'a share of them, rounded up, chosen by the seed'),
    container: told(nameForm, 'the container the fault goes into; absent: the default one of the pod', { examples: ['redis'] }),
  },
  {
    minProperties: 1,
    allOf: [
      ['count', 'percent'],
      ['names', 'count'],
      ['names', 'percent'],
    ].map((both) => ({ not: { required: both } })),
  },
);

const target = told({ anyOf: [{ const: 'all' }, selection] }, 'what it acts on: all, or a choice; filters narrow one after another');

/** An experiment. What its fault alone takes is known once the fault is. */
export function experimentSchema(hypothesis: JsonSchema): JsonSchema {
  return mappingForm(
    {
      name: told(nameForm, 'a name of its own; absent: its fault', { examples: ['lose-the-primary'] }),
      fault: told(choiceForm(faultNames), 'what is done: squall faults lists them', { examples: ['pod-delete'] }),
      cluster: told(nameForm, "another cluster than the campaign's", { examples: ['west'] }),
      workload: told(
        mappingForm(
          { namespace: told(nameForm, 'of the workload', { examples: ['cache'] }), ...workloadKeys },
          { dependencies: { kind: { anyOf: [{ required: ['name'] }, { required: ['selector'] }] } } },
        ),
        'its workload in another cluster; what it does not say is as in the target of the campaign',
      ),
      target,
      parameters: told({ type: 'object' }, 'of the fault; absent: its defaults', { examples: [{ latency: '500ms' }] }),
      duration: told(
        durationForm,
        'how long the fault holds, or is observed when it is done in an instant, 1s to 24h; absent: as its fault says',
      ),
      recoveryTimeout: told(durationForm, 'how long steady state may take to return, 1s to 24h; absent: 3m', {
        default: '3m',
        examples: ['10m'],
      }),
      hypothesis: { ...hypothesis, description: 'what must hold in this experiment, instead of what the campaign says' },
      onFailure: told(choiceForm(['continue', 'stop', 'pause']), 'what its failure does to the run; absent: continue', {
        default: 'continue',
        examples: ['stop'],
      }),
      onRestart: told(choiceForm(['reestablish', 'end']), 'what becomes of the fault when its container restarts; absent: reestablish', {
        default: 'reestablish',
        examples: ['end'],
      }),
      repeatEvery: told(durationForm, 'of a fault that is done in an instant: do it again and again while its duration lasts', {
        examples: ['1m'],
      }),
    },
    { required: ['fault'], allOf: faultDeclarations.map((fault) => implies(isFault(fault), ofFault(fault))) },
  );
}

function isFault({ name, aliases }: FaultDeclaration): JsonSchema {
  return { required: ['fault'], properties: { fault: { enum: [name, ...aliases.map((alias) => alias.name)] } } };
}

function ofFault(fault: FaultDeclaration): JsonSchema {
  const parameters = parametersOf(fault);
  const selects = fault.targets === 'pods' || fault.targets === 'nodes';
  const required = [...(selects ? ['target'] : []), ...(parameters.required === undefined ? [] : ['parameters'])];
  return {
    properties: {
      fault: { description: fault.summary },
      target: selects ? chosenBy(fault) : { const: 'all' },
      parameters,
      duration: { description: `absent: ${formatDuration(fault.defaultDurationMs)}` },
    },
    ...(required.length > 0 && { required }),
    ...(fault.holds && { not: { required: ['repeatEvery'] } }),
  };
}

function chosenBy({ roles, needsContainer }: FaultDeclaration): JsonSchema {
  const role = roles.length === 0 ? { not: { required: ['role'] } } : { properties: { role: { enum: [...roles] } } };
  // Of the word `all` these say nothing.
  return needsContainer ? role : { allOf: [role, { not: { type: 'object', required: ['container'] } }] };
}

function parametersOf({ parameters: { byName } }: FaultDeclaration): JsonSchema {
  const entries = Object.entries(byName);
  const required = entries.filter(([, { required: needed }]) => needed).map(([name]) => name);
  const properties = Object.fromEntries(
    entries.map(([name, { jsonSchema, description, form, default: fallback }]) => [
      name,
      // A default is for editors to offer, and says what holds when nothing is given.
      { ...jsonSchema, description: `${description} (${form})`, ...(fallback !== undefined && { default: fallback }) },
    ]),
  );
  return mappingForm(properties, required.length === 0 ? {} : { required });
}
