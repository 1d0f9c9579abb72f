import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { initialState, type TestState } from './state.ts';

const killAfterMs = 15_000;

export interface MochaRun {
  files: readonly string[];
  /** a regular expression full titles have to match; absent: every test */
  grep?: string | undefined;
  /** the run has failed when it takes longer */
  limitMs: number;
  /** where mocha's output goes: this process's, or a file descriptor */
  output: 'inherit' | number;
  /** ends the run early; it has then failed */
  signal?: AbortSignal;
}

export interface MochaResult {
  state: TestState;
  /** why the run is a failure beside the tests that failed */
  problem: string | null;
}

/** Runs the files once, in one process of its own, and guards it against a hang. */
export async function runMocha(run: MochaRun): Promise<MochaResult> {
  const program = fileURLToPath(new URL('./mocha-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, run.grep ?? '', ...run.files], {
    stdio: ['ignore', run.output, run.output, 'ipc'],
  });
  let state = initialState;
  let stopped: string | null = null;
  child.on('message', (message) => {
    state = message as TestState;
  });
  const stop = (why: string) => {
    stopped ??= `${why}; running was: ${state.running ?? (state.ended ? 'nothing, every test had ended' : 'nothing yet')}`;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref();
  };
  const limit = setTimeout(() => stop(`the tests took longer than ${run.limitMs / 1000} s`), run.limitMs);
  const onAbort = () => stop('the tests were interrupted');
  run.signal?.addEventListener('abort', onAbort);
  if (run.signal?.aborted) onAbort();
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...end) => resolve(end));
  });
  clearTimeout(limit);
  run.signal?.removeEventListener('abort', onAbort);
  return { state, problem: stopped ?? describeEnd(state, code, signal) };
}

function describeEnd(state: TestState, code: number | null, signal: NodeJS.Signals | null): string | null {
  const end = signal === null ? `with exit code ${code}` : `by ${signal}`;
  if (!state.ended) return `mocha ended ${end} before its last test; running was: ${state.running ?? 'nothing yet'}`;
  if (code !== 0 && state.failed === 0) return `mocha ended ${end}, though no test failed`;
  return null;
}
