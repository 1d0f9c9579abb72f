import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workflowBundle } from '../../../src/worker/workflow-bundle.ts';

describe('the bundle of the workflows', function () {
  this.timeout(180_000);
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'squall-bundle-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is made once, and kept for the next start', async () => {
    const first = await workflowBundle({ folder });
    assert.ok('codePath' in first);
    assert.match(await readFile(first.codePath, 'utf8'), /campaign/);
    const { mtimeMs } = await stat(first.codePath);
    assert.deepEqual(await workflowBundle({ folder }), first);
    assert.equal((await stat(first.codePath)).mtimeMs, mtimeMs);
    assert.equal((await readdir(folder)).length, 1, 'nothing unfinished is left');
  });

  it('is made each time where it cannot be kept', async () => {
    const bundle = await workflowBundle({ folder: join(process.execPath, 'not-a-folder') });
    assert.ok('code' in bundle && bundle.code.includes('campaign'));
  });
});
