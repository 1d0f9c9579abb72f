import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt } from '../../lab/run.ts';

/**
 * A wall clock that processes started with its environment read, and that can be set while they run: Debian's libfaketime, in
 * between a process and its C library. What counts time without a date (timers, timeouts) is left alone. It works for node, not for
 * the Temporal server: a Go program asks the kernel itself, and the kernel's time namespaces have no wall clock.
 */
export class Clock {
  /** null: there is no libfaketime on this machine */
  readonly #library: string | null;
  readonly #file: string;

  private constructor(library: string | null, file: string) {
    this.#library = library;
    this.#file = file;
  }

  static async create(folder: string): Promise<Clock> {
    const clock = new Clock(await findLibrary(), join(folder, 'clock'));
    await clock.set(0);
    return clock;
  }

  get works(): boolean {
    return this.#library !== null;
  }

  get environment(): NodeJS.ProcessEnv {
    if (this.#library === null) return {};
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      // The file is read again after a second.
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DISABLE_SHM: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** Sets the clock to so many ms before or after the machine's. */
  async set(offsetMs: number): Promise<void> {
    await writeFile(`${this.#file}.new`, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs / 1000).toFixed(3)}\n`);
    await rename(`${this.#file}.new`, this.#file);
  }
}

async function findLibrary(): Promise<string | null> {
  const listed = await attempt(['dpkg', '-L', 'libfaketime']).catch(() => undefined);
  const path = listed?.stdout.split('\n').find((line) => line.endsWith('/libfaketime.so.1'));
  return path !== undefined && existsSync(path) ? path : null;
}
