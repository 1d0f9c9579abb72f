// Bundles the workflows, and writes the bundle to standard output. A process of its own, since what bundles takes some 200 MiB, which a
// worker would keep as long as it lives.
// usage: node make-workflow-bundle.ts [FAILURE_CONVERTER]   (its path, where errors are not turned into failures as the SDK does it)
import { dirname, extname } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { workflowSources } from './workflow-sources.ts';

const [failureConverterPath] = process.argv.slice(2);
const silent = (): void => undefined;
const say = (message: string): void => {
  process.stderr.write(`${message}\n`);
};
const { code } = await bundleWorkflowCode({
  ...workflowSources(dirname(import.meta.dirname), extname(import.meta.filename)),
  ...(failureConverterPath !== undefined && { failureConverterPath }),
  logger: { trace: silent, debug: silent, info: silent, warn: say, error: say, log: silent },
});
process.stdout.write(code);
