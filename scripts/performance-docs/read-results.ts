import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResult } from '../../bench/result.ts';

/** What the benches found that is kept in the checkout. */
export function readResults(folder: string): BenchResult[] {
  // Git keeps no empty folder.
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as BenchResult);
}
