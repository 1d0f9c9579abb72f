// npm run bench: figures of speed, each as a ratio within one run. Exits 0 when every bound of the bench holds.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchPages } from './catalogue.ts';
import type { BenchResult, Found } from './result.ts';

/** `checkout`: whose lab is used; absent: this one's */
type Bench = (print: (line: string) => void, checkout?: string) => Promise<Found>;

const benches: Record<string, () => Promise<Bench>> = {
  'api-load': async () => (await import('./api-load/api-load.ts')).apiLoad,
  history: async () => (await import('./history/history.ts')).history,
  plan: async () => (await import('./plan/plan.ts')).plan,
  throughput: async () => (await import('./throughput/throughput.ts')).throughput,
  startup: async () => (await import('./startup/startup.ts')).startup,
  inject: async () => (await import('./inject/inject.ts')).inject,
};

function usage(): string {
  const lines = benchPages.flatMap(({ name, title, about, minutes, needs }) => [
    `${name}: ${title}`,
    ...about.split('\n').map((line) => `  ${line}`),
    `  About ${minutes} minutes${needs === null ? '' : `; needs ${needs}`}.`,
  ]);
  return `usage: npm run bench -- NAME [--json FILE] [--lab DIR]
  --json FILE writes there what was found. Kept in bench/results/, it is told in docs/performance.md by npm run docs
  --lab DIR   uses the lab of that checkout

${lines.join('\n').replaceAll(/[*`]/g, '')}
`;
}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { json: { type: 'string' }, lab: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
    strict: true,
  });
  if (values.help === true) {
    process.stdout.write(usage());
    return 0;
  }
  const [name = '', ...more] = positionals;
  const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (load === undefined || more.length > 0) {
    process.stderr.write(`bench: found ${JSON.stringify(positionals)}, expected the name of one bench: --help tells more\n`);
    return 64;
  }
  const began = Date.now();
  const print = (line: string): void => {
    process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  };
  const { describeMachine } = await import('./result.ts');
  const found = await (await load())(print, values.lab);
  const { checks } = found;
  const result: BenchResult = { bench: name, at: new Date(began).toISOString(), machine: describeMachine(), ...found };
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
