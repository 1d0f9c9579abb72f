// What may be written for a value, as JSON Schema (draft-07, which editors read). What a schema cannot tell, such as the range of a
// duration, is in the descriptions; the parser has the last word. Nothing that the parser takes may be refused here.

export type JsonSchema = Readonly<Record<string, unknown>>;

const decimal = '\\d+(\\.\\d+)?';
const bytesText = `${decimal}(k|M|G|T|Ki|Mi|Gi|Ti)?`;
const percentText = `${decimal}([eE][+-]?\\d+)?`;

export const durationForm: JsonSchema = {
  type: 'string',
  pattern: `^(?=\\d)(${decimal}d)?(${decimal}h)?(${decimal}m)?(${decimal}s)?(${decimal}ms)?$`,
  examples: ['30s', '500ms', '1m30s'],
};

/** A number, or text with a % or without. */
export function percentForm(min = 0): JsonSchema {
  return { type: ['string', 'number'], minimum: min, maximum: 100, pattern: `^${percentText}%?$`, examples: ['50%'] };
}

/** A whole number; quoted it is taken, too. */
export function integerForm(min: number, max = Number.MAX_SAFE_INTEGER): JsonSchema {
  const most = max === Number.MAX_SAFE_INTEGER ? {} : { maximum: max };
  return { type: ['integer', 'string'], minimum: min, ...most, pattern: min < 0 ? '^-?\\d+$' : '^\\d+$' };
}

export const numberForm: JsonSchema = { type: ['number', 'string'], pattern: '^-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$' };

export const bytesForm: JsonSchema = { type: ['string', 'number'], pattern: `^${bytesText}$`, minimum: 0, examples: ['512Mi'] };

export const amountForm: JsonSchema = {
  type: ['string', 'number'],
  pattern: `^\\s*(${bytesText}|${percentText}%)$`,
  minimum: 0,
  examples: ['512Mi', '80%'],
};

export const bandwidthForm: JsonSchema = {
  type: 'string',
  pattern: `^${decimal}[kKmMgG]?([bB][iI][tT]|[bB][pP][sS])$`,
  examples: ['1mbit'],
};

/** `true` is what editors offer; quoted it is taken, too. */
export const booleanForm: JsonSchema = { type: ['boolean', 'string'], pattern: '^(true|false)$' };

export function choiceForm(choices: readonly string[]): JsonSchema {
  return { enum: [...choices] };
}

/** A list, or its items separated by commas. */
export function listForm(itemTypes: 'string' | readonly string[] = 'string'): JsonSchema {
  return { type: ['array', 'string'], items: { type: itemTypes, minLength: 1 }, minItems: 1, uniqueItems: true, pattern: '\\S' };
}

export const nameForm: JsonSchema = { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' };

export const objectNameForm: JsonSchema = {
  type: 'string',
  maxLength: 253,
  pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$',
};

export const textForm: JsonSchema = { type: 'string', pattern: '\\S' };

export const urlForm: JsonSchema = { type: 'string', pattern: '^\\s*[hH][tT][tT][pP][sS]?:' };

/** A mapping with these keys and no others. */
export function mappingForm(properties: Readonly<Record<string, JsonSchema>>, more: JsonSchema = {}): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, ...more };
}

/** A form with a sentence for those who hover over it, what holds when nothing is given, and what could be written. */
export function told(form: JsonSchema, description: string, more: { default?: unknown; examples?: readonly unknown[] } = {}): JsonSchema {
  return { ...form, description, ...more };
}

/** If the first holds, so must the second; else the third, if there is one. */
export function implies(condition: JsonSchema, consequence: JsonSchema, otherwise?: JsonSchema): JsonSchema {
  // Entries, since an object with a key `then` looks like a promise.
  return Object.fromEntries([['if', condition], ['then', consequence], ...(otherwise === undefined ? [] : [['else', otherwise]])]);
}
