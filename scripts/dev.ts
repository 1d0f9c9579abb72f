// npm run dev: the API and the worker from their sources, against the lab, which is brought up and stays up. A change below src/ starts
// both anew; Ctrl-C ends both.
//
// usage: npm run dev -- [--port N]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readLabState } from '../lab/state.ts';
import { errorMessage } from '../src/error-message.ts';
import { freePort } from '../src/free-port.ts';
import { serviceEnvironment } from './demo/services.ts';
import { onChanges } from './dev/changes.ts';
import { DevProcess } from './dev/dev-process.ts';
import { bringLabUp, isLabUp } from './test/lab.ts';

const root = join(import.meta.dirname, '..');
const defaultPort = 7400;

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @throws Error that says what was found and expected */
function portOf(argv: string[]): number {
  const { port } = parseArgs({ args: argv, options: { port: { type: 'string' } } }).values;
  if (port === undefined) return defaultPort;
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new Error(`--port: found ${JSON.stringify(port)}, expected a port number, 1 to 65535`);
  }
  return Number(port);
}

async function main(port: number): Promise<void> {
  if (!(await isLabUp(root))) await bringLabUp(root);
  const lab = readLabState(root);
  if (lab === undefined) throw new Error('the lab is up, and has left no state: npm run lab -- status');
  const workerPort = await freePort();
  const env = serviceEnvironment(lab, port, workerPort);
  const apiUrl = `http://127.0.0.1:${port}`;
  const processes = [
    new DevProcess({ name: 'worker', entry: join(root, 'src/worker.ts'), url: `http://127.0.0.1:${workerPort}`, env, print }),
    new DevProcess({ name: 'api', entry: join(root, 'src/api.ts'), url: apiUrl, env, print }),
  ];
  const stop = () => Promise.all(processes.map((one) => one.stop()));
  const start = async () => {
    const ready = await Promise.all(processes.map((one) => one.start()));
    if (ready.every(Boolean)) print(`ready: the API answers at ${apiUrl}; Temporal's Web UI is at ${lab.temporalUi ?? 'no address'}`);
  };
  // What a process waits for while it starts ends when it is stopped: a change in the meantime is not waited for.
  let starting = start();
  await onChanges(join(root, 'src'), interruption.signal, async () => {
    print('src has changed: starting anew');
    await stop();
    await starting;
    starting = start();
  });
  await stop();
  await starting;
  print('ended; the lab stays up: npm run lab -- down');
}

/** An exit code of sysexits.h. */
const usageError = 64;

let exitCode = usageError;
try {
  const port = portOf(process.argv.slice(2));
  exitCode = 1;
  await main(port);
  exitCode = 0;
} catch (error) {
  process.stderr.write(`npm run dev: ${errorMessage(error)}\n`);
}
process.exitCode = exitCode;
