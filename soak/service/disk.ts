import { mkdir, rm, statfs } from 'node:fs/promises';
import { run } from '../../lab/run.ts';

const sizeBytes = 2 * 2 ** 30;

/** A file system of a limited size, in memory, that can be full and have room again. It outlives the processes that write to it. */
export class Disk implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws LabFailure when it cannot be mounted: this takes root */
  static async mount(path: string): Promise<Disk> {
    await mkdir(path, { recursive: true });
    await run(['mount', '-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0700`, 'squall-soak', path]);
    return new Disk(path);
  }

  /** From now on there is no room for another page. */
  async fill(): Promise<void> {
    // A limit below what is used is refused, and more may be used by the time it is set.
    for (let attempt = 1; ; attempt++) {
      const { blocks, bfree, bsize } = await statfs(this.path);
      try {
        await run(['mount', '-o', `remount,size=${(blocks - bfree) * bsize}`, this.path]);
        return;
      } catch (error) {
        if (attempt === 20) throw error;
      }
    }
  }

  async free(): Promise<void> {
    await run(['mount', '-o', `remount,size=${sizeBytes}`, this.path]);
  }

  /** bytes in use */
  async used(): Promise<number> {
    const { blocks, bfree, bsize } = await statfs(this.path);
    return (blocks - bfree) * bsize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(['umount', this.path]);
    await rm(this.path, { recursive: true, force: true });
  }
}
