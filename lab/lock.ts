import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabFailure } from './failure.ts';
import { identityOf, isAlive, type ProcessIdentity } from './processes.ts';

export interface Lock {
  /** the owner who died holding the lock: what it was doing is half done */
  abandonedBy: ProcessIdentity | undefined;
  release(): Promise<void>;
}

/**
 * Takes the lock that `path` stands for, waiting while another process holds it. The kernel's own file lock (flock) is what
 * excludes, so that a lock never outlives its owner, however it dies; the file's content names the owner for people and says
 * whether the last one let go in good order.
 * @param waiting called once when the lock is held by another
 */
export async function acquire(path: string, waiting: (owner: ProcessIdentity | undefined) => void = () => {}): Promise<Lock> {
  await mkdir(dirname(path), { recursive: true });
  const attempt = await hold(path, ['--nonblock', '--conflict-exit-code', '75']);
  if (attempt === undefined) waiting(await ownerOf(path));
  const holder = attempt ?? (await hold(path, []));
  if (holder === undefined) throw new LabFailure(`${path}: flock ended without the lock`);
  const previous = await ownerOf(path);
  await writeFile(path, JSON.stringify(await identityOf(process.pid)));
  return {
    abandonedBy: previous !== undefined && !(await isAlive(previous)) ? previous : undefined,
    release: async () => {
      await writeFile(path, '');
      holder.stdin.end();
      await holder.ended;
    },
  };
}

/** Runs `work` under the lock of `path`. */
export async function withLock<T>(
  path: string,
  waiting: (owner: ProcessIdentity | undefined) => void,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const lock = await acquire(path, waiting);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

async function ownerOf(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    // The owner died while it wrote its name.
    return undefined;
  }
}

/** A `flock` that holds the lock for as long as this process holds its stdin open; undefined when it ends without the lock. */
async function hold(path: string, flags: string[]): Promise<{ stdin: NodeJS.WritableStream; ended: Promise<unknown> } | undefined> {
  const child = spawn('flock', [...flags, path, 'sh', '-c', 'echo held; exec cat >/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(new LabFailure(`flock: ${error.message}`)));
    child.on('exit', resolve);
  });
  const held = new Promise<true>((resolve) => child.stdout.once('data', () => resolve(true)));
  const first = await Promise.race([held, ended]);
  if (first === true) return { stdin: child.stdin, ended };
  if (first !== 75) throw new LabFailure(`flock ${path}: ended with exit code ${first}`);
  return undefined;
}
