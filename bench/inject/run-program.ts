import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program to its end; answers all it wrote. @throws Error with that, unless it ended with exit code 0 */
export async function runProgram(
  program: string,
  argv: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(program, argv, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${argv.join(' ')} ended with exit code ${code}: ${output.trim()}`);
  return output;
}
