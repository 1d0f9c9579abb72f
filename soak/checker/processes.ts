import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of the machine, as /proc has it. */
export interface ProcessSeen {
  pid: number;
  /** as its own PID namespace numbers it */
  ownPid: number;
  /** inode of its network namespace */
  network: string;
  command: string;
  /** the file it runs, as its own file system names it */
  program: string;
  args: string[];
  /** the pod and the container it is in, by its cgroup; null: in none */
  podUid: string | null;
  containerId: string | null;
  /** one letter, as /proc/PID/stat has it: the worst of its threads, `T` stopped or `t` traced, else the process's own */
  state: string;
  /** 0: nobody traces it */
  tracer: number;
}

const inPod = /\/pod([0-9a-f]{8}[-_][0-9a-f-_]{27})\/(?:cri-containerd-)?([0-9a-f]{64})/;

/** Every process of the machine that is in a pod, and every one that `also` accepts by its name. */
export function readProcesses(also: (command: string) => boolean): ProcessSeen[] {
  const found: ProcessSeen[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const seen = readProcess(Number(entry), also);
      if (seen !== undefined) found.push(seen);
    } catch (error) {
      // It ended while it was looked at.
      if (!['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return found;
}

function readProcess(pid: number, also: (command: string) => boolean): ProcessSeen | undefined {
  const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');
  const match = inPod.exec(read('cgroup'));
  const command = read('comm').trim();
  if (match === null && !also(command)) return undefined;
  const status = read('status');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const own = field('State').charAt(0);
  if (own === 'Z' || own === 'X') return undefined;
  return {
    pid,
    ownPid: Number(field('NSpid').split(/\s+/).at(-1)),
    network: readlinkSync(`/proc/${pid}/ns/net`),
    command,
    program: readlinkSync(`/proc/${pid}/exe`),
    args: read('cmdline').split('\0').slice(0, -1),
    podUid: match?.[1]?.replaceAll('_', '-') ?? null,
    containerId: match?.[2] ?? null,
    state: stateOfThreads(pid, own),
    tracer: Number(field('TracerPid')),
  };
}

function stateOfThreads(pid: number, own: string): string {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    // The name, in parentheses, may hold blanks and parentheses itself.
    const state = stat.slice(stat.lastIndexOf(')') + 2).charAt(0);
    if (state === 'T' || state === 't') return state;
  }
  return own;
}
