import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type ArtifactSpec, artifactKey, ensureArtifact, hashOf, hashOfDirectory } from '../../../lab/artifacts/artifact.ts';
import { Progress } from '../../../lab/progress.ts';

describe('artifact', () => {
  let directory = '';
  let said = '';
  const cacheBefore = process.env.XDG_CACHE_HOME;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'squall-artifact-'));
    process.env.XDG_CACHE_HOME = directory;
    said = '';
  });

  afterEach(async () => {
    if (cacheBefore === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cacheBefore;
    await rm(directory, { recursive: true });
  });

  function progress(): Progress {
    return new Progress(
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          said += chunk.toString();
          done();
        },
      }),
    );
  }

  function spec(build: ArtifactSpec['build']): ArtifactSpec {
    return { name: 'tool', version: '1.2.3', inputs: hashOf('a'), doing: 'building it', build };
  }

  it('is named by tool, version and inputs', () => {
    assert.match(artifactKey({ name: 'tool', version: '1.2.3', inputs: hashOf('a') }), /^tool-1\.2\.3-[0-9a-f]{12}$/);
    assert.notEqual(
      artifactKey({ name: 't', version: '1', inputs: hashOf('a') }),
      artifactKey({ name: 't', version: '1', inputs: hashOf('b') }),
    );
  });

  it('is built once', async () => {
    let builds = 0;
    const build: ArtifactSpec['build'] = async (target) => {
      builds++;
      await writeFile(join(target, 'it'), 'whole');
    };
    // Two at once: one builds, the other waits and finds it.
    const [path, same] = await Promise.all([ensureArtifact(spec(build), progress()), ensureArtifact(spec(build), progress())]);
    assert.equal(path, same);
    assert.equal(await ensureArtifact(spec(build), progress()), path);
    assert.equal(builds, 1);
    assert.equal(await readFile(join(path, 'it'), 'utf8'), 'whole');
    assert.match(said, /\d\d:\d\d:\d\d tool: building it\n/);
    assert.match(said, /tool: done in \d+\.\d s\n/);
  });

  it('leaves nothing that looks like an artifact when its build fails, and is built anew the next time', async () => {
    const broken = spec(async (target) => {
      await writeFile(join(target, 'half'), '');
      throw new Error('no space');
    });
    await assert.rejects(ensureArtifact(broken, progress()), { message: 'no space' });
    assert.equal(existsSync(join(directory, 'squall', artifactKey(broken))), false);
    assert.match(said, /tool: failed after/);
    const path = await ensureArtifact(
      spec(async (target) => {
        assert.equal(existsSync(join(target, 'half')), false, 'the rest of the failed build is still there');
      }),
      progress(),
    );
    assert.ok(existsSync(path));
  });

  it('knows a folder by the names and contents of its files, but those left out', async () => {
    const folder = join(directory, 'folder');
    await mkdir(join(folder, 'bin'), { recursive: true });
    await writeFile(join(folder, 'main.go'), 'one');
    const before = await hashOfDirectory(folder, ['bin']);
    await writeFile(join(folder, 'bin', 'program'), 'built');
    assert.equal(await hashOfDirectory(folder, ['bin']), before);
    await writeFile(join(folder, 'main.go'), 'two');
    assert.notEqual(await hashOfDirectory(folder, ['bin']), before);
    await rm(join(folder, 'main.go'));
    await writeFile(join(folder, 'other.go'), 'one');
    assert.notEqual(await hashOfDirectory(folder, ['bin']), before);
  });
});
