import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Logger, WorkerOptions } from '@temporalio/worker';

const source = fileURLToPath(new URL('../', import.meta.url));
const project = join(source, '..');
/** `.ts` in a checkout, `.js` in a package */
const extension = extname(import.meta.filename);
const kept = 4;

export interface BundleOptions {
  /** what turns the workflows' errors into failures; absent: the SDK's own */
  failureConverterPath?: string | undefined;
  /** where it is kept */
  folder?: string;
  /** is told what the bundler warned of */
  logger?: Logger;
}

/**
 * The workflows as a worker takes them. Bundling them takes seconds of CPU time, which is how much longer runs would stand still after
 * a worker has died: the bundle is kept, under a name made from every source file and all packages' versions, for the next start.
 * Where nothing can be kept, it is made each time. A package brings its own.
 */
export async function workflowBundle({
  failureConverterPath,
  folder = defaultFolder(),
  logger,
}: BundleOptions = {}): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  const packaged = join(project, packagedBundleName());
  // It was made with the SDK's own converter of failures.
  if (failureConverterPath === undefined && existsSync(packaged)) return { codePath: packaged };
  const key = await keyOfSources(failureConverterPath);
  const codePath = join(folder, `workflows-${key}.js`);
  if (existsSync(codePath)) return { codePath };
  const code = await makeBundle(failureConverterPath, logger);
  // A file may have been changed while the bundle was made.
  if (key !== (await keyOfSources(failureConverterPath))) return { code };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const unfinished = `${codePath}.${randomUUID()}`;
    await writeFile(unfinished, code, { mode: 0o600 });
    await rename(unfinished, codePath);
    await dropOld(folder);
    return { codePath };
  } catch {
    // A read-only file system, or no home: there is nothing to keep it in.
    return { code };
  }
}

/** In a process of its own: what bundles would stay in this one's memory. @throws Error with what the bundler said */
async function makeBundle(failureConverterPath: string | undefined, logger: Logger | undefined): Promise<string> {
  const maker = fileURLToPath(new URL(`./make-workflow-bundle${extension}`, import.meta.url));
  const argv = ['--disable-warning=ExperimentalWarning', maker, ...(failureConverterPath === undefined ? [] : [failureConverterPath])];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [code, said, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (exitCode !== 0) throw new Error(`the workflows could not be bundled: ${maker} ended with exit code ${exitCode}: ${said.trim()}`);
  if (said !== '') logger?.warn(said.trim());
  return code;
}

/** The bundle that a package brings: of one version of Temporal's packages, and of no use with another. */
export function packagedBundleName(): string {
  return `workflows-${sdkVersion()}.js`;
}

function sdkVersion(): string {
  return (createRequire(import.meta.url)('@temporalio/workflow/package.json') as { version: string }).version;
}

function defaultFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'squall', 'workflows');
}

async function keyOfSources(failureConverterPath = ''): Promise<string> {
  const hash = createHash('sha256').update(failureConverterPath);
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith(extension)).sort();
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(source, name)));
  // A package has no lockfile; what it bundles beside its own files is Temporal's.
  hash.update(existsSync(join(project, 'package-lock.json')) ? await readFile(join(project, 'package-lock.json')) : sdkVersion());
  return hash.digest('hex').slice(0, 32);
}

/** Bundles of sources that are no more: the newest few are left. */
async function dropOld(folder: string): Promise<void> {
  const bundles = (await readdir(folder)).filter((name) => /^workflows-[0-9a-f]{32}\.js$/.test(name));
  const dated = await Promise.all(bundles.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  for (const { name } of dated.toSorted((a, b) => b.at - a.at).slice(kept)) await rm(join(folder, name), { force: true });
}
