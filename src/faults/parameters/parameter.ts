import {
  bandwidthForm,
  booleanForm,
  bytesForm,
  choiceForm,
  durationForm,
  integerForm,
  listForm,
  percentForm,
  textForm,
} from '../../campaign/json-schema/forms.ts';
import {
  bad,
  formatDuration,
  good,
  type Parsed,
  parseBoolean,
  parseBytes,
  parseChoice,
  parseDuration,
  parseInteger,
  parsePercent,
} from '../../campaign/units.ts';
import type { ParameterValue } from '../../contracts/campaign.ts';

/** How a parameter of a fault is read, and what its documentation says. */
export interface Parameter {
  /** what a value is, in a few words, with its range: `a duration, 1ms to 1m` */
  form: string;
  description: string;
  parse(value: unknown): Parsed<ParameterValue>;
  /** its name among the effective parameters, with the unit in it: `latencyMs` */
  sets: string;
  /** as its author would write it; absent: no value unless one is given */
  default?: Written;
  /** true: it must be given */
  required: boolean;
  /** a good value that is not the default */
  example: Written;
  /** values that are refused, each for a reason of its own: of another unit, out of range, of another shape */
  refused: unknown[];
  jsonSchema: object;
}

/** What YAML may hold for a parameter. */
export type Written = string | number | boolean | string[] | Record<string, string>;

interface Common {
  description: string;
  sets?: string;
  default?: Written;
  required?: boolean;
  example?: Written;
}

function parameter(common: Common, own: Omit<Parameter, 'description' | 'sets' | 'default' | 'required'> & { sets: string }): Parameter {
  return {
    ...own,
    description: common.description,
    required: common.required ?? false,
    example: common.example ?? own.example,
    ...(common.sets === undefined ? {} : { sets: common.sets }),
    ...(common.default === undefined ? {} : { default: common.default }),
  };
}

/** Sets milliseconds. `sets` is the effective name, by convention ending in `Ms`. */
export function durationParameter(common: Common & { sets: string; minMs?: number; maxMs?: number }): Parameter {
  const { minMs = 0, maxMs = 24 * 3_600_000 } = common;
  return parameter(common, {
    sets: common.sets,
    form: `a duration, ${formatDuration(minMs)} to ${formatDuration(maxMs)}`,
    parse: (value) => parseDuration(value, { minMs, maxMs }),
    example: formatDuration(Math.min(maxMs, Math.max(minMs, 1000))),
    refused: [5, '5', '5 parsecs', '-1s', `${maxMs + 1}ms`, true, ['1s'], ...(minMs > 0 ? ['0ms'] : [])],
    jsonSchema: durationForm,
  });
}

/** Sets 0 to 100. By convention the effective name ends in `Percent`. */
export function percentParameter(common: Common & { sets: string; min?: number }): Parameter {
  const { min = 0 } = common;
  return parameter(common, {
    sets: common.sets,
    form: `a percentage, ${min}% to 100%`,
    parse: (value) => parsePercent(value, { min }),
    example: '50%',
    refused: ['101%', '-1%', 'half', '50ms', true, ['50%'], ...(min > 0 ? ['0%'] : [])],
    jsonSchema: percentForm(min),
  });
}

export function integerParameter(common: Common & { sets: string; min?: number; max?: number }): Parameter {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = common;
  const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min} to ${max}`;
  return parameter(common, {
    sets: common.sets,
    form: `a whole number, ${range}`,
    parse: (value) => parseInteger(value, { min, max }),
    example: Math.max(min, 1),
    refused: [min - 1, 1.5, 'many', '3s', true, [1], ...(max < Number.MAX_SAFE_INTEGER ? [max + 1] : [])],
    jsonSchema: integerForm(min, max),
  });
}

/** Sets bytes. By convention the effective name ends in `Bytes`. */
export function bytesParameter(common: Common & { sets: string; min?: number }): Parameter {
  const { min = 1 } = common;
  return parameter(common, {
    sets: common.sets,
    form: `a quantity of bytes, at least ${min}`,
    parse: (value) => {
      const parsed = parseBytes(value);
      return parsed.ok && parsed.value < min ? bad(value, `at least ${min} bytes, for example 64Mi`) : parsed;
    },
    example: '64Mi',
    refused: ['64 megabytes', '64ms', '-1Mi', true, ['64Mi'], ...(min > 0 ? [0] : [])],
    jsonSchema: bytesForm,
  });
}

const bitsPerUnit: Record<string, number> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, bps: 8, kbps: 8e3, mbps: 8e6, gbps: 8e9 };

/** A bandwidth as tc writes it, where `mbps` is megabytes per second (tc(8)), in bits per second. */
export function parseBandwidth(value: unknown): Parsed<number> {
  const expected = 'a bandwidth with bit, kbit, mbit or gbit (bits) or bps, kbps, mbps or gbps (bytes) per second, for example 1mbit';
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)([kmg]?(?:bit|bps))$/i.exec(value) : null;
  const bits = match === null ? Number.NaN : Math.round(Number(match[1]) * (bitsPerUnit[(match[2] ?? '').toLowerCase()] ?? Number.NaN));
  return Number.isSafeInteger(bits) && bits >= 8 ? good(bits) : bad(value, expected);
}

/** Sets bits per second. By convention the effective name ends in `BitsPerSecond`. */
export function bandwidthParameter(common: Common & { sets: string }): Parameter {
  return parameter(common, {
    sets: common.sets,
    form: 'a bandwidth as tc writes it: 1mbit are bits, 1mbps bytes per second',
    parse: parseBandwidth,
    example: '1mbit',
    refused: ['1', 1, '1 mbit', 'fast', '0mbit', '1ms', true],
    jsonSchema: bandwidthForm,
  });
}

/** Text that matches a pattern. `expected` says in words what it has to be. */
export function textParameter(
  common: Common & { sets: string; pattern?: RegExp; expected: string; example: string; refused?: unknown[] },
): Parameter {
  const { pattern = /\S/, expected } = common;
  return parameter(common, {
    sets: common.sets,
    form: expected,
    parse: (value) => (typeof value === 'string' && pattern.test(value) ? good(value) : bad(value, expected)),
    example: common.example,
    refused: ['', 5, true, ['a'], ...(common.refused ?? [])],
    // JSON Schema knows no flags.
    jsonSchema: pattern.flags === '' ? { type: 'string', pattern: pattern.source } : textForm,
  });
}

export function choiceParameter<const T extends string>(common: Common & { sets: string; choices: readonly [T, ...T[]] }): Parameter {
  const { choices } = common;
  return parameter(common, {
    sets: common.sets,
    form: `one of ${choices.join(', ')}`,
    parse: (value) => parseChoice(value, choices),
    example: choices.find((choice) => choice !== common.default) ?? choices[0],
    refused: ['none-of-these', 5, true, [choices[0]]],
    jsonSchema: choiceForm(choices),
  });
}

export function flagParameter(common: Common & { sets: string }): Parameter {
  return parameter(common, {
    sets: common.sets,
    form: 'true or false',
    parse: parseBoolean,
    example: common.default !== true,
    refused: ['yes', 1, ['true'], '1s'],
    jsonSchema: booleanForm,
  });
}

/** A list, or its items separated by commas; each is read by `item`, none twice. */
export function listParameter(
  common: Common & { sets: string; item: (value: unknown) => Parsed<string>; expected: string; example: string[]; refused?: unknown[] },
): Parameter {
  return parameter(common, {
    sets: common.sets,
    form: `${common.expected}, as a list or separated by commas`,
    parse: (value) => parseItems(value, common.item, common.expected),
    example: common.example,
    refused: [
      '',
      [],
      5,
      true,
      [''],
      ...(common.item('5').ok ? [] : [[5]]),
      [...common.example, ...common.example],
      ...(common.refused ?? []),
    ],
    jsonSchema: listForm(common.item('5').ok ? ['string', 'number'] : 'string'),
  });
}

function parseItems(value: unknown, item: (value: unknown) => Parsed<string>, expected: string): Parsed<string[]> {
  const written: unknown[] = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : Array.isArray(value) ? value : [];
  if (written.length === 0) return bad(value, `${expected}, as a list or separated by commas`);
  const items: string[] = [];
  for (const one of written) {
    const parsed = item(typeof one === 'number' ? String(one) : one);
    if (!parsed.ok) return parsed;
    if (items.includes(parsed.value)) return { ok: false, found: `${JSON.stringify(parsed.value)} twice`, expected: 'each once' };
    items.push(parsed.value);
  }
  return good(items);
}

/** A mapping from text to text; each key and value is read by `entry`. */
export function mapParameter(
  common: Common & {
    sets: string;
    entry?: (key: string, value: string) => Parsed<string>;
    expected: string;
    example: Record<string, string>;
    refused?: unknown[];
  },
): Parameter {
  const { entry = (_key: string, value: string) => good(value), expected } = common;
  const parse = (value: unknown): Parsed<Record<string, string>> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) return bad(value, expected);
    // A key may be __proto__, which an assignment would not set.
    const entries: [string, string][] = [];
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') return bad(text, `text for ${JSON.stringify(key)}`);
      const parsed = entry(key, text);
      if (!parsed.ok) return parsed;
      entries.push([key, parsed.value]);
    }
    return good(Object.fromEntries(entries));
  };
  return parameter(common, {
    sets: common.sets,
    form: expected,
    parse,
    example: common.example,
    refused: [{}, 'a', 5, true, ['a'], { a: 5 }, ...(common.refused ?? [])],
    jsonSchema: { type: 'object', additionalProperties: { type: 'string' }, minProperties: 1 },
  });
}
