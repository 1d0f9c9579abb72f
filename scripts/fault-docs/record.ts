import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { join } from 'node:path';
import { type Measured, measuredFaultSchema } from './measured.ts';

/**
 * Takes what the lab tests measured into one file.
 *
 * @throws Error when there is nothing: an empty table would look like a measured one
 */
export function recordMeasured(folder: string, file: string): void {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  if (names.length === 0) throw new Error(`${folder}: found no measured faults, expected some: npm test -- --only lab --grep faults`);
  const measured: Measured = {
    recordedAt: new Date().toISOString().slice(0, 10),
    kernel: release().split('-')[0] ?? '',
    cpus: availableParallelism(),
    faults: names.map((name) => measuredFaultSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))),
  };
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
}
