// npm run soak: campaigns go on while worker, API, Temporal, agents, containers, kubelets and the API server of Kubernetes die.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ownCheckout } from '../lab/paths.ts';
import { parseSoakArguments, type SoakArguments, usage } from './arguments.ts';
import { isGood } from './result.ts';
import { soak } from './soak.ts';

async function main(argv: readonly string[]): Promise<number> {
  let given: SoakArguments;
  try {
    given = parseSoakArguments(argv);
  } catch (error) {
    process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 64;
  }
  const began = Date.now();
  const print = (line: string): void => {
    process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  };
  // The lab has to be healed, and what was deployed removed, before this process may end.
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  const result = await soak({ ...given, lab: resolve(given.lab ?? ownCheckout), print, signal: interruption.signal });
  const text = JSON.stringify(result, undefined, 2);
  if (given.json !== undefined) writeFileSync(given.json, `${text}\n`);
  const { failures, struck, ...figures } = result;
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n${failures.length} failures, ${struck.length} kills done\n`);
  return isGood(result) ? 0 : 1;
}

// Commands of administrators are not on every user's PATH.
process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
