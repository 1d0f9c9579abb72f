import { bad, good, type Parsed } from '../../campaign/units.ts';

/** A list as JSON, the way Litmus has it, or its items separated by commas. Each item is read by `item`. */
export function parseJsonList(value: string, item: (value: unknown) => Parsed<string>, example: string): Parsed<string[]> {
  const written = value.trimStart().startsWith('[') ? parseJson(value) : value.split(',').map((part) => part.trim());
  if (!Array.isArray(written) || written.length === 0) return bad(value, `a list in JSON, for example ${example}`);
  const items: string[] = [];
  for (const one of written) {
    const parsed = item(one);
    if (!parsed.ok) return parsed;
    if (!items.includes(parsed.value)) items.push(parsed.value);
  }
  return good(items);
}

/** An object of texts as JSON. */
export function parseJsonMap(value: string, example: string): Parsed<Record<string, string>> {
  const written = parseJson(value);
  const expected = `an object in JSON, for example ${example}`;
  if (typeof written !== 'object' || written === null || Array.isArray(written) || Object.keys(written).length === 0)
    return bad(value, expected);
  // A key may be __proto__, which an assignment would not set.
  const entries: [string, string][] = [];
  for (const [key, text] of Object.entries(written)) {
    if (typeof text !== 'string') return bad(value, `${expected}, with texts only`);
    entries.push([key, text]);
  }
  return good(Object.fromEntries(entries));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
