import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
let compiled = false;

/**
 * What starts a worker whose cluster is a stub: Node's options as k8s/base/worker.yaml has them, and its file. It is JavaScript, as in the
 * package and in the image: Node takes some 20 MiB more where it has types to take away.
 *
 * @throws Error when it can't be compiled
 */
export function stubWorker(): string[] {
  if (!compiled) {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { status, signal } = spawnSync(process.execPath, [compiler, '-p', import.meta.dirname, '--noCheck'], { stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`tsc ended with ${status ?? signal}`);
    compiled = true;
  }
  const options = ['--max-semi-space-size=2', '--max-old-space-size=512', '--optimize-for-size'];
  return [...options, 'out/stub-worker/bench/stub/worker-process.js'];
}
