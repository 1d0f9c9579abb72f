// npm run bench: figures of speed, each as a ratio within one run. Exits 0 when every bound of the bench holds.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BenchResult } from './result.ts';

type Bench = (print: (line: string) => void) => Promise<Pick<BenchResult, 'figures' | 'checks'>>;

const benches: Record<string, () => Promise<Bench>> = {
  'api-load': async () => (await import('./api-load/api-load.ts')).apiLoad,
};

const usage = `usage: npm run bench -- NAME [--json FILE]
  NAME: ${Object.keys(benches).join(', ')}
`;

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, options: { json: { type: 'string' } }, allowPositionals: true, strict: true });
  const [name = '', ...more] = positionals;
  const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (load === undefined || more.length > 0) {
    process.stderr.write(`bench: found ${JSON.stringify(positionals)}, expected the name of one bench\n${usage}`);
    return 64;
  }
  const began = Date.now();
  const print = (line: string): void => {
    process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  };
  const { describeMachine } = await import('./result.ts');
  const { figures, checks } = await (await load())(print);
  const result: BenchResult = { bench: name, at: new Date(began).toISOString(), machine: describeMachine(), figures, checks };
  const text = JSON.stringify(result, undefined, 2);
  if (values.json !== undefined) writeFileSync(values.json, `${text}\n`);
  process.stdout.write(`${text}\n`);
  for (const { what, found, expected, ok } of checks) print(`${ok ? 'holds ' : 'BROKEN'} ${what}: found ${found}, expected ${expected}`);
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
