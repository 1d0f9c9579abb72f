import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabFailure } from './failure.ts';
import { lastLines } from './run.ts';
import { until } from './wait.ts';

/** A process id alone may by now be another process's: with the start time and the boot it cannot be. */
export interface ProcessIdentity {
  pid: number;
  /** clock ticks since boot, as /proc/PID/stat has it */
  startTime: string;
  bootId: string;
}

export interface ProcessRecord extends ProcessIdentity {
  name: string;
  command: string[];
  log: string;
}

/** In the environment of every process a lab starts, and of what that starts: it finds those of which no record was written. */
const marker = 'SQUALL_LAB_PROCESS';

const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** @throws LabFailure when there is no such process */
export async function identityOf(pid: number): Promise<ProcessIdentity> {
  const stat = await statOf(pid);
  if (stat === undefined) throw new LabFailure(`process ${pid}: it is not there`);
  return { pid, startTime: stat.startTime, bootId };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  if (process.bootId !== bootId) return false;
  const stat = await statOf(process.pid);
  return stat !== undefined && stat.startTime === process.startTime && stat.state !== 'Z';
}

async function statOf(pid: number): Promise<{ state: string; startTime: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The command's name, in parentheses, may hold blanks and parentheses: fields are counted behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
}

/** Resident memory in bytes; 0 when the process is gone. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

/** The processes of one lab that outlive the command that started them, each remembered by a file in `directory`. */
export class Processes {
  readonly #directory: string;
  readonly #logs: string;

  constructor(directory: string, logs: string) {
    this.#directory = directory;
    this.#logs = logs;
  }

  /**
   * Starts a process in a session of its own, its output in a log file.
   * @param options.wrapper a command like nsenter that runs `command` as its child: the child is what is remembered
   */
  async start(name: string, command: string[], options: { wrapper?: string[] } = {}): Promise<ProcessRecord> {
    await mkdir(this.#directory, { recursive: true });
    await mkdir(this.#logs, { recursive: true });
    const log = join(this.#logs, `${name}.log`);
    await rename(log, `${log}.old`).catch(() => {});
    const output = openSync(log, 'a');
    const [file = '', ...args] = [...(options.wrapper ?? []), ...command];
    const child = spawn(file, args, {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...plainEnvironment(), [marker]: this.#mark(name) },
    });
    const failed = new Promise<never>((_, reject) => child.on('error', (error) => reject(new LabFailure(`${file}: ${error.message}`))));
    closeSync(output);
    await Promise.race([new Promise((resolve) => child.on('spawn', resolve)), failed]);
    child.unref();
    const started = child.pid ?? 0;
    const pid = options.wrapper === undefined ? started : await this.#childOf(name, started, log);
    const record: ProcessRecord = { ...(await this.#identify(name, pid, log)), name, command, log };
    await this.#remember(record);
    return record;
  }

  /**
   * Starts a process that has died by the command it was started by before; one that lives is left alone.
   * @param options as of `start`
   * @throws LabFailure when none of this name was ever started, or it ends at once
   */
  async revive(name: string, options: { wrapper?: string[] } = {}): Promise<ProcessRecord> {
    const record = (await this.list()).find((candidate) => candidate.name === name);
    if (record === undefined) throw new LabFailure(`${name}: it was never started, so it cannot be started again`);
    if (await isAlive(record)) return record;
    return this.start(name, record.command, options);
  }

  #mark(name: string): string {
    return `${this.#directory}:${name}`;
  }

  /** The processes of this lab, recorded or not, by the names they were started under. */
  async marked(): Promise<{ pid: number; name: string }[]> {
    const found: { pid: number; name: string }[] = [];
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
      const prefix = `${marker}=${this.#mark('')}`;
      const variable = environment.split('\0').find((text) => text.startsWith(prefix));
      if (variable !== undefined) found.push({ pid: Number(entry), name: variable.slice(prefix.length) });
    }
    return found;
  }

  /** Ends at once every process, recorded or not, that was started under a name that `named` accepts; returns when they are gone. */
  async sweep(named: (name: string) => boolean): Promise<void> {
    await until('processes end', 20_000, async () => {
      const rest = (await this.marked()).filter((process) => named(process.name));
      for (const { pid } of rest) kill(pid, 'SIGKILL');
      return rest.length === 0 ? true : undefined;
    });
    for (const record of await this.list()) if (named(record.name)) await rm(join(this.#directory, `${record.name}.json`), { force: true });
  }

  async #childOf(name: string, wrapper: number, log: string): Promise<number> {
    return until(`${name}: start`, 5000, async () => {
      const [child] = await childrenOf(wrapper);
      if (child === undefined && (await statOf(wrapper).then((stat) => stat === undefined || stat.state === 'Z'))) {
        throw new LabFailure(`${name} ended at once:\n${await tail(log)}`);
      }
      return child;
    });
  }

  async #identify(name: string, pid: number, log: string): Promise<ProcessIdentity> {
    return identityOf(pid).catch(async () => {
      throw new LabFailure(`${name} ended at once:\n${await tail(log)}`);
    });
  }

  async #remember(record: ProcessRecord): Promise<void> {
    const path = join(this.#directory, `${record.name}.json`);
    await writeFile(`${path}.new`, JSON.stringify(record, undefined, 2));
    await rename(`${path}.new`, path);
  }

  async list(): Promise<ProcessRecord[]> {
    const files = await readdir(this.#directory).catch(() => []);
    const records = await Promise.all(
      files.filter((file) => file.endsWith('.json')).map((file) => readRecord(join(this.#directory, file))),
    );
    return records.filter((record) => record !== undefined).sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The record of a process that is alive. */
  async find(name: string): Promise<ProcessRecord | undefined> {
    const record = (await this.list()).find((candidate) => candidate.name === name);
    return record !== undefined && (await isAlive(record)) ? record : undefined;
  }

  /**
   * Waits until `ready` answers true.
   * @throws LabFailure when the process ends before, or on the time limit, with the end of its log
   */
  async ready(record: ProcessRecord, timeoutMs: number, ready: () => Promise<boolean>): Promise<void> {
    await until(`${record.name}: ready`, timeoutMs, async () => {
      if (await ready()) return true;
      if (!(await isAlive(record))) throw new LabFailure(`${record.name} ended before it was ready:\n${await tail(record.log)}`);
      return undefined;
    }).catch(async (error: unknown) => {
      if (error instanceof LabFailure && !error.message.includes('\n')) throw new LabFailure(`${error.message}\n${await tail(record.log)}`);
      throw error;
    });
  }

  /** Whether the process is alive and `answers` within `timeoutMs`: a busy machine is no reason to restart it. */
  async responds(name: string, timeoutMs: number, answers: () => Promise<boolean>): Promise<boolean> {
    const record = await this.find(name);
    if (record === undefined) return false;
    return this.ready(record, timeoutMs, answers).then(
      () => true,
      (error: unknown) => {
        if (error instanceof LabFailure) return false;
        throw error;
      },
    );
  }

  /** Ends a process: SIGTERM, and after `graceMs` SIGKILL. Returns when it is gone. */
  async stop(name: string, graceMs: number): Promise<void> {
    const record = (await this.list()).find((candidate) => candidate.name === name);
    if (record === undefined) return;
    if (graceMs > 0 && (await signal(record, 'SIGTERM'))) {
      await until(name, graceMs, async () => ((await isAlive(record)) ? undefined : true)).catch(() => undefined);
    }
    if (await signal(record, 'SIGKILL')) {
      await until(`${name}: end`, 10_000, async () => ((await isAlive(record)) ? undefined : true));
    }
    await rm(join(this.#directory, `${name}.json`), { force: true });
  }
}

/** Whether the signal was sent: not to a process that is gone. */
async function signal(record: ProcessIdentity, name: NodeJS.Signals): Promise<boolean> {
  return (await isAlive(record)) && kill(record.pid, name);
}

function kill(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function tail(log: string): Promise<string> {
  return `${lastLines(await readFile(log, 'utf8').catch(() => ''), 15)}\n(log: ${log})`;
}

/** The lab's processes must not be configured by chance, through variables meant for the user's own clients. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|KUBE|ETCD_|CONTAINERD_|npm_)/.test(name)));
}

/** Undefined: it was there a moment ago, and its process was ended since. */
async function readRecord(path: string): Promise<ProcessRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ProcessRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
