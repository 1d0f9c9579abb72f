import { runInNewContext } from 'node:vm';

const longestRegex = 500;
/** A pattern that somebody wrote may take forever on a value that somebody else has chosen. */
const matchMs = 250;

interface Taken {
  whole: string;
  first?: string;
  value?: string;
  text?: string;
}

/**
 * Which values a variable's regex takes, and what of them: its group `value` or `text`, else its first group, else the whole match.
 *
 * @throws Error for a pattern that is none, or takes too long
 */
export function takeValues(values: readonly string[], written: string): string[] {
  if (written.length > longestRegex) throw new Error(`its regex has ${written.length} characters, expected at most ${longestRegex}`);
  const [, source = written, flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(written) ?? [];
  let taken: Taken[];
  try {
    taken = runInNewContext(
      `values.flatMap((value) => {
        const found = new RegExp(source, flags.replace(/[gy]/g, '')).exec(value);
        return found === null ? [] : [{ whole: found[0], first: found[1], value: found.groups?.value, text: found.groups?.text }];
      })`,
      { values: [...values], source, flags },
      { timeout: matchMs },
    ) as Taken[];
  } catch (error) {
    throw new Error(`its regex ${written}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return [...new Set([...taken].map(({ whole, first, value, text }) => value ?? text ?? first ?? whole))];
}
