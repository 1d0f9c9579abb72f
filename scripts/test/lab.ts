import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Whether the lab is up, as it says itself. */
export async function isLabUp(root: string): Promise<boolean> {
  return (await runLab(root, 'status', 'ignore')) === 0;
}

/** @throws Error when it does not come up; its own output says why */
export async function bringLabUp(root: string): Promise<void> {
  const code = await runLab(root, 'up', 'inherit');
  if (code !== 0) throw new Error(`the lab did not come up: exit code ${code}`);
}

/** @throws Error when it does not go down */
export async function takeLabDown(root: string): Promise<void> {
  const code = await runLab(root, 'down', 'inherit');
  if (code !== 0) throw new Error(`the lab did not go down: exit code ${code}`);
}

function runLab(root: string, command: string, output: 'inherit' | 'ignore'): Promise<number> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'lab/main.ts'), command], {
    cwd: root,
    stdio: ['ignore', output, output],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
