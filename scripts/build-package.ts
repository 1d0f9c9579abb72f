// Makes dist/, what the npm package runs: Node runs no TypeScript from node_modules. `npm pack` calls it.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { packagedBundleName } from '../src/worker/workflow-bundle.ts';
import { workflowSources } from '../src/worker/workflow-sources.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
// Types are checked elsewhere (npm run check); here they are only taken away.
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--noCheck'], { stdio: ['ignore', 2, 2] });
if (compiled.status !== 0) throw new Error(`tsc ended with ${compiled.status ?? compiled.signal}`);
const { code } = await bundleWorkflowCode({
  ...workflowSources(join(dist, 'src'), '.js'),
  // npm pack prints what it made on standard output, and nothing else.
  logger: { trace() {}, debug() {}, info() {}, warn: say, error: say, log() {} },
});
writeFileSync(join(dist, packagedBundleName()), code);

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
