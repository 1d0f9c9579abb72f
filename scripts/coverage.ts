// Unit and workflow tests, with what of src/ they reach counted, in every process that they start; exit 1 when it is below the floor of
// .c8rc.json, or a test failed. Workflows, which run as a bundle in a context of their own, and what runs in browsers cannot be counted so.
//
// usage: npm run coverage [-- --only unit|workflow] [--grep PATTERN]   (the page is out/coverage/report/index.html)
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { folders, parseTestArguments } from './test/arguments.ts';
import { runMocha } from './test/run-mocha.ts';
import { findTestFiles } from './test/test-files.ts';

const root = join(import.meta.dirname, '..');
const raw = join(root, 'out/coverage/raw');
const limitMs = 60 * 60_000;
const counted = ['unit', 'workflow'] as const;

const { kinds, grep } = parseTestArguments(process.argv.slice(2));
const files = counted
  .filter((kind) => kinds.includes(kind))
  .flatMap((kind) => folders[kind])
  .flatMap((folder) => findTestFiles(join(root, 'test', folder)));
if (files.length === 0) throw new Error(`--only: found ${kinds.join(', ')}, expected one of ${counted.join(', ')}`);

rmSync(raw, { recursive: true, force: true });
// Each Node process writes there when it ends.
process.env.NODE_V8_COVERAGE = raw;
const { state, problem } = await runMocha({ files, grep, limitMs, output: 'inherit' });
delete process.env.NODE_V8_COVERAGE;
if (problem !== null) process.stderr.write(`coverage: ${problem}\n`);
const reporter = createRequire(import.meta.url).resolve('c8/bin/c8.js');
const { status } = spawnSync(process.execPath, [reporter, 'report'], { cwd: root, stdio: 'inherit' });
process.exitCode = status === 0 && problem === null && state.failed === 0 ? 0 : 1;
