import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquire } from '../../../lab/lock.ts';

describe('lock', () => {
  let directory = '';
  let path = '';

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'squall-lock-'));
    path = join(directory, 'some.lock');
  });

  afterEach(() => rm(directory, { recursive: true }));

  /** Another process that takes the lock and keeps it until it is killed. */
  async function holder(): Promise<ChildProcess> {
    const module = JSON.stringify(new URL('../../../lab/lock.ts', import.meta.url).href);
    const program = `const { acquire } = await import(${module}); await acquire(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return child;
  }

  it('is held by one at a time, in the order of asking', async () => {
    const first = await acquire(path);
    const order: string[] = [];
    let owner: number | undefined;
    const second = acquire(path, (process) => {
      owner = process?.pid;
      order.push('waiting');
    }).then((lock) => {
      order.push('second');
      return lock;
    });
    while (order.length === 0) await new Promise(setImmediate);
    assert.equal(owner, process.pid);
    order.push('first lets go');
    await first.release();
    await (await second).release();
    assert.deepEqual(order, ['waiting', 'first lets go', 'second']);
  });

  it('is free at once when its owner was killed, and says who that was', async () => {
    const child = await holder();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = await acquire(path);
    assert.equal(lock.abandonedBy?.pid, child.pid);
    await lock.release();
    const next = await acquire(path);
    assert.equal(next.abandonedBy, undefined);
    await next.release();
  });

  it('waits for an owner that lives', async () => {
    const child = await holder();
    let waitedFor: number | undefined;
    const lock = acquire(path, (owner) => {
      waitedFor = owner?.pid;
      child.kill('SIGKILL');
    });
    await (await lock).release();
    assert.equal(waitedFor, child.pid);
  });
});
