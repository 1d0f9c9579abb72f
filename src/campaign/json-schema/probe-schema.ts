import { type ProbeType, probeTypes } from '../probe-types.ts';
import {
  choiceForm,
  durationForm,
  implies,
  integerForm,
  type JsonSchema,
  mappingForm,
  nameForm,
  numberForm,
  percentForm,
  textForm,
  told,
  urlForm,
} from './forms.ts';

/** The keys that are a probe type's own; a test finds them the same as the parser's. */
const ownKeys: Readonly<Record<string, { properties: Record<string, JsonSchema>; required?: string[] }>> = {
  prometheus: {
    properties: {
      query: told(textForm, 'PromQL that yields one number', { examples: ['sum(rate(http_requests_failed_total[1m]))'] }),
      url: told(urlForm, 'of a Prometheus; absent: the configured one', { examples: ['http://prometheus.monitoring.svc:9090'] }),
    },
    required: ['query'],
  },
  http: {
    properties: {
      url: told(urlForm, 'what a GET asks for', { examples: ['http://shop.default.svc/health'] }),
      expectedStatus: told(integerForm(100, 599), 'the status of a success; absent: 200', { default: 200, examples: [204] }),
    },
    required: ['url'],
  },
  tcp: {
    properties: {
      host: told(textForm, 'a name or an address', { examples: ['redis.default.svc'] }),
      port: told(integerForm(1, 65_535), 'to connect to', { examples: [6379] }),
    },
    required: ['host', 'port'],
  },
};

const cluster = told(nameForm, 'another cluster than that of the campaign', { examples: ['west'] });

const placeKeys: Record<ProbeType['looksAt'], Record<string, JsonSchema>> = {
  pods: {
    cluster,
    namespace: told(nameForm, "another namespace than the workload's", { examples: ['shop'] }),
    selector: told(textForm, 'other pods than those of the workload: a label selector, as kubectl writes it', { examples: ['app=cart'] }),
  },
  cluster: { cluster },
  'nothing else': {},
};

const types: JsonSchema = told(choiceForm(probeTypes.map(({ name }) => name)), 'what is measured', { examples: ['redis-write-latency'] });
const name = told(nameForm, 'a name of its own; absent: its type', { examples: ['writes-go-on'] });
const tolerance: JsonSchema = {
  description: 'what a sample has to satisfy; absent: the probe is shown, and not judged',
  examples: ['<= 500ms'],
};

const common: Record<string, JsonSchema> = {
  name,
  type: types,
  successPercent: told(percentForm(), 'how many of the samples must satisfy the tolerance; absent: 100%', {
    default: '100%',
    examples: ['99%'],
  }),
  weight: told({ ...numberForm, minimum: 0, maximum: 10 }, 'its weight in the score, 0 to 10; absent: 10', { default: 10, examples: [5] }),
  interval: told(durationForm, 'between two samples, 50ms to 24h; absent: as its type says', { examples: ['1s'] }),
  timeout: told(
    durationForm,
    'how long a sample may take, 10ms to 24h, and more than the tolerance; absent: as its type says, or twice the tolerance',
  ),
};

const anyWhen = told(choiceForm([...new Set(probeTypes.flatMap(({ when }) => when))]), 'when it is sampled; absent: as its type says', {
  examples: ['continuous'],
});

/** The keys of a probe type beside those that all have: its own, and those that say where it looks. */
export function keysOfType({ name: typeName, looksAt }: ProbeType): {
  properties: Record<string, JsonSchema>;
  required: readonly string[];
} {
  const { properties = {}, required = [] } = ownKeys[typeName] ?? {};
  return { properties: { ...properties, ...placeKeys[looksAt] }, required };
}

/** One probe of a hypothesis. What its type alone has is known once the type is. */
export function probeSchema(): JsonSchema {
  return {
    type: 'object',
    required: ['type'],
    properties: { ...common, when: anyWhen, tolerance },
    allOf: probeTypes.map((type) =>
      implies(isType(type), {
        ...keysOf(type, { ...common, when: whenOf(type.when) }),
        ...(type.unit === null ? {} : { dependencies: judgedOnly }),
      }),
    ),
  };
}

/** A probe that is watched throughout, or the name of a webhook. */
export function stopConditionSchema(): JsonSchema {
  const { successPercent: _, weight: __, ...watched } = common;
  const watchable = probeTypes.filter(({ when }) => !when.every((one) => one === 'recovery'));
  return {
    type: 'object',
    properties: {
      webhook: told(nameForm, 'something outside ends the run by this name', { examples: ['pager'] }),
      ...watched,
      type: told(choiceForm(watchable.map((type) => type.name)), 'what is watched', { examples: ['prometheus'] }),
      interval: told(durationForm, 'between two samples, 50ms to 1h; absent: as its type says', { examples: ['5s'] }),
      tolerance: told(tolerance, 'what must hold throughout: the first sample that misses it ends the run'),
    },
    ...implies({ required: ['webhook'] }, mappingForm({ webhook: nameForm }), {
      required: ['type'],
      allOf: watchable.map((type) => implies(isType(type), keysOf(type, watched, type.unit === null ? [] : ['tolerance']))),
    }),
  };
}

/** A score needs something to judge by. */
const judgedOnly = { successPercent: ['tolerance'], weight: ['tolerance'] };

function isType(type: ProbeType): JsonSchema {
  return { required: ['type'], properties: { type: { const: type.name } } };
}

function keysOf(type: ProbeType, shared: Record<string, JsonSchema>, alsoRequired: string[] = []): JsonSchema {
  const own = keysOfType(type);
  const required = [...own.required, ...alsoRequired];
  return mappingForm(
    { ...shared, ...own.properties, type: told({}, type.summary), tolerance: toleranceOf(type) },
    required.length === 0 ? {} : { required },
  );
}

function whenOf(when: readonly string[]): JsonSchema {
  return told(choiceForm([...new Set(when)]), `when it is sampled; absent: ${when[0]}`);
}

function toleranceOf({ unit }: ProbeType): JsonSchema {
  if (unit === null) return told({ const: 'succeeds' }, 'what a sample has to satisfy: it succeeds');
  const value = unit === 'none' ? numberForm : durationForm;
  const example = { ms: '<= 500ms', s: '<= 30s', none: '>= 2' }[unit];
  return {
    description: `what a sample has to satisfy, for example ${example}; absent: it is only shown`,
    examples: [example],
    anyOf: [
      { type: 'string', pattern: '^\\s*(<=|<|>=|>|==|!=)\\s*\\S+\\s*$' },
      { const: 'succeeds' },
      mappingForm(
        { comparator: told(choiceForm(['<=', '<', '>=', '>', '==', '!=']), 'how the sample compares'), value: told(value, 'with what') },
        { required: ['comparator', 'value'] },
      ),
    ],
  };
}
