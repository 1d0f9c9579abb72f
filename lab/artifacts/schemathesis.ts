import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureNeeds, type Need } from '../packages.ts';
import { ownCheckout } from '../paths.ts';
import type { Progress } from '../progress.ts';
import { run } from '../run.ts';
import { ensureArtifact, hashOf } from './artifact.ts';

/** What runs Schemathesis. Its test installs it. */
const pythonNeeds: Need[] = [
  { file: 'python3', package: 'python3', why: 'runs Schemathesis' },
  { file: 'pip3', package: 'python3-pip', why: 'installs Schemathesis' },
];

/** Every package with its version. */
const requirementsFile = join(ownCheckout, 'test', 'conformance', 'requirements.txt');

export interface Schemathesis {
  /** the command, without its arguments */
  command: [string, ...string[]];
  env: Record<string, string>;
}

/** Holds an API against its specification. It is installed in a folder of its own: nothing of the machine's Python is touched. */
export async function schemathesis(progress: Progress): Promise<Schemathesis> {
  await ensureNeeds(progress, pythonNeeds);
  const requirements = await readFile(requirementsFile, 'utf8');
  const [, version = 'unknown'] = /^schemathesis==(\S+)$/m.exec(requirements) ?? [];
  const python = await run(['python3', '--version']);
  const directory = await ensureArtifact(
    {
      name: 'schemathesis',
      version,
      // Some of its packages are compiled for one version of Python.
      inputs: hashOf(requirements, python),
      doing: 'installing Schemathesis',
      build: async (target) => {
        const options = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore'];
        await run(['python3', '-m', 'pip', 'install', ...options, '--target', target, '--requirement', requirementsFile]);
      },
    },
    progress,
  );
  return { command: ['python3', '-m', 'schemathesis.cli'], env: { PYTHONPATH: directory, PYTHONDONTWRITEBYTECODE: '1' } };
}
