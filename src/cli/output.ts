import { stringify } from 'yaml';

export type OutputFormat = 'table' | 'json' | 'yaml';

/** Writes a value to standard output: as data, or as `table` makes it for people. */
export function print(format: OutputFormat, value: unknown, table: () => string): void {
  process.stdout.write(format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : format === 'yaml' ? toYaml(value) : table());
}

/** YAML without aliases: what is there twice is written twice. */
export function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** Writes a line for people to standard error. */
export function say(message: string): void {
  process.stderr.write(`squall: ${message}\n`);
}

/** Says why, and answers the exit code. */
export function fail(message: string, code: number): number {
  say(message);
  return code;
}
