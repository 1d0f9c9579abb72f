import { spawn } from 'node:child_process';

export interface ProgramResult {
  code: number;
  /** stdout and stderr as they came */
  output: string;
}

/** Runs a program to its end, in this process's environment and `env` beside it. Rejects when it cannot be started. */
export function runProgram(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
