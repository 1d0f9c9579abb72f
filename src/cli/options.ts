import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/**
 * A command's options and its other words.
 *
 * @throws UsageError for an option nobody knows
 */
export function readOptions<const T extends ParseArgsOptionsConfig>(argv: string[], options: T) {
  try {
    return parseArgs({ args: argv, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws UsageError for another than these */
export function readOutput(value: string): 'table' | 'json' {
  if (value === 'table' || value === 'json') return value;
  throw new UsageError(`--output: found ${value}, expected table or json`);
}
