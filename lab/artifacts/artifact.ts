import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import { cacheRoot } from '../paths.ts';
import type { Progress } from '../progress.ts';

export interface ArtifactSpec {
  name: string;
  version: string;
  /** hash of whatever else the result depends on */
  inputs: string;
  /** what is being done, for the progress line: "building Kubernetes" */
  doing: string;
  /** Makes the artifact's files in `directory`, which is empty. */
  build(directory: string, say: (doing: string) => void): Promise<void>;
}

export function artifactKey(spec: Pick<ArtifactSpec, 'name' | 'version' | 'inputs'>): string {
  return `${spec.name}-${spec.version}-${spec.inputs.slice(0, 12)}`;
}

function artifactPath(spec: Pick<ArtifactSpec, 'name' | 'version' | 'inputs'>): string {
  return join(cacheRoot(), artifactKey(spec));
}

const building = new Map<string, Promise<string>>();

/**
 * The directory of an artifact, built if it is not there. It is built in a directory of its own and renamed when it is whole, so
 * that an interrupted build leaves nothing that looks like an artifact; of two who want the same one, one builds and the other waits.
 */
export async function ensureArtifact(spec: ArtifactSpec, progress: Progress): Promise<string> {
  const path = artifactPath(spec);
  if (existsSync(path)) return path;
  const already = building.get(path);
  if (already !== undefined) return already;
  const built = build(spec, path, progress).finally(() => building.delete(path));
  building.set(path, built);
  return built;
}

async function build(spec: ArtifactSpec, path: string, progress: Progress): Promise<string> {
  await mkdir(cacheRoot(), { recursive: true });
  const key = artifactKey(spec);
  return progress.task(spec.name, spec.doing, (say) =>
    withLock(
      join(cacheRoot(), 'locks', `${key}.lock`),
      (owner) => say(`waiting for process ${owner?.pid ?? '?'}, which is building it`),
      async (lock) => {
        if (existsSync(path)) return path;
        if (lock.abandonedBy !== undefined) say(`${spec.doing} (again: process ${lock.abandonedBy.pid} was interrupted)`);
        // What an interrupted build started may still be writing to its own directory: this one gets another.
        await removePartial(key);
        const partial = `${path}.partial-${process.pid}`;
        await mkdir(partial);
        await spec.build(partial, say);
        await rename(partial, path);
        await removeOld(spec);
        return path;
      },
    ),
  );
}

const generationsKept = 3;

/** Artifacts of a project's own folders change with every edit: only the newest of each name are kept. */
async function removeOld(spec: ArtifactSpec): Promise<void> {
  const prefix = `${spec.name}-${spec.version}-`;
  const names = (await readdir(cacheRoot())).filter((name) => name.startsWith(prefix) && /^[0-9a-f]{12}$/.test(name.slice(prefix.length)));
  const aged = await Promise.all(names.map(async (name) => ({ name, builtAt: (await stat(join(cacheRoot(), name))).mtimeMs })));
  for (const { name } of aged.sort((a, b) => b.builtAt - a.builtAt).slice(generationsKept)) {
    await rm(join(cacheRoot(), name), { recursive: true, force: true });
  }
}

async function removePartial(key: string): Promise<void> {
  const abandoned = (await readdir(cacheRoot())).filter((name) => name.startsWith(`${key}.partial-`));
  for (const name of abandoned) await rm(join(cacheRoot(), name), { recursive: true, force: true });
}

export function hashOf(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

/** Hash of the names and contents of all files of a directory, but those below `except`. */
export async function hashOfDirectory(directory: string, except: readonly string[] = []): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((file) => !except.some((prefix) => file === prefix || file.startsWith(`${prefix}/`)))
    .sort();
  const parts: (string | Buffer)[] = [];
  for (const file of files) parts.push(file, await readFile(join(directory, file)));
  return hashOf(...parts);
}
