import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';

/** The real API as a process of its own, that listens when this resolves. `end` of squall-processes.ts ends it. */
export async function startApiProcess(env: NodeJS.ProcessEnv, entry: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout) if (String(chunk).includes('"listening"')) return child;
  assert.fail('the API ended before it listened');
}
