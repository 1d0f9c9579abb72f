import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './wait.ts';

const mountPoint = '/sys/fs/cgroup';

/** Roots of the cgroup hierarchies that containers are put in: one with cgroup v2, one per controller (and one without any) with v1. */
async function hierarchies(): Promise<string[]> {
  if (existsSync(join(mountPoint, 'cgroup.controllers'))) return [mountPoint];
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, path, type]) => (type === 'cgroup' || type === 'cgroup2') && path?.startsWith(`${mountPoint}/`))
    .map(([, path = '']) => path);
}

/** Makes a cgroup in every hierarchy, as the kubelet wants its root to be. */
export async function createCgroup(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const directory = join(hierarchy, name);
    await mkdir(directory, { recursive: true });
    // With v1, a new cpuset holds nothing, and no process may enter it.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const path = join(directory, file);
      if (hierarchy !== mountPoint && existsSync(path)) await writeFile(path, await readFile(join(hierarchy, file)));
    }
    // With v2, a controller has to be handed down level by level.
    if (hierarchy === mountPoint) {
      const controllers = (await readFile(join(hierarchy, 'cgroup.controllers'), 'utf8')).trim().split(' ');
      const wanted = controllers.filter((controller) => ['cpu', 'cpuset', 'io', 'memory', 'pids', 'hugetlb'].includes(controller));
      const line = wanted.map((controller) => `+${controller}`).join(' ');
      await writeFile(join(hierarchy, 'cgroup.subtree_control'), line);
      await writeFile(join(directory, 'cgroup.subtree_control'), line);
    }
  }
}

/** Names of the cgroups at the top of any hierarchy that start with `prefix`. */
export async function findCgroups(prefix: string): Promise<string[]> {
  const names = new Set<string>();
  for (const hierarchy of await hierarchies()) {
    for (const name of await subgroups(hierarchy)) if (name.startsWith(prefix)) names.add(name);
  }
  return [...names].sort();
}

/** Ends every process in a cgroup and below, and removes it from every hierarchy. */
export async function removeCgroup(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, name));
}

async function removeTree(directory: string): Promise<void> {
  for (const name of await subgroups(directory)) await removeTree(join(directory, name));
  if (!existsSync(directory)) return;
  // A process is gone from its cgroup only when it has ended, a moment after it was killed.
  await until(`cgroup ${directory}: its processes end`, 10_000, async () => {
    for (const pid of (await readFile(join(directory, 'cgroup.procs'), 'utf8')).split('\n').filter((line) => line !== ''))
      kill(Number(pid));
    return rmdir(directory).then(
      () => true as const,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return true as const;
        if (error.code === 'EBUSY') return undefined;
        throw error;
      },
    );
  });
}

async function subgroups(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
