import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { makeApiKey } from '../../../../src/api/auth/api-key.ts';
import { AuthSource } from '../../../../src/api/auth/auth-source.ts';
import { FileMistake } from '../../../../src/security/watched-file.ts';

function fileOf(...hashes: string[]): string {
  return `keys: [{ name: ci, sha256: [${hashes.join(', ')}], grants: [{ role: viewer, clusters: "*", namespaces: "*" }] }]\n`;
}

describe('auth source', () => {
  let folder: string;
  let logged: string;
  const log = pino({}, { write: (line: string) => (logged += line) });

  /** As the kubelet brings a Secret: a folder with the new content, then the link to it is replaced. */
  function mount(content: string): void {
    const version = mkdtempSync(join(folder, '..version'));
    writeFileSync(join(version, 'auth.yaml'), content);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  }

  beforeEach(() => {
    logged = '';
    folder = join(mkdtempSync(join(tmpdir(), 'squall-auth-')), 'mounted');
    mkdirSync(folder);
    symlinkSync('..data/auth.yaml', join(folder, 'auth.yaml'));
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  it('takes a changed Secret without a restart, and goes on with what held when it is wrong', () => {
    const [old, next] = [makeApiKey(), makeApiKey()];
    mount(fileOf(old.sha256));
    using source = new AuthSource(join(folder, 'auth.yaml'), log, 3_600_000);
    assert.equal(source.keyOf(old.key)?.name, 'ci');
    assert.equal(source.keyOf(next.key), undefined);

    mount(fileOf(old.sha256, next.sha256));
    source.look();
    assert.ok(source.keyOf(old.key) && source.keyOf(next.key), 'both hold while callers change over');

    mount('keys: [{ name: ci }]\n');
    source.look();
    source.look();
    assert.ok(source.keyOf(old.key) && source.keyOf(next.key));
    assert.equal(logged.match(/was not taken/g)?.length, 1, 'told once');
    assert.match(logged, /auth\.yaml:1:\d+ keys\[0\]\.sha256/);

    mount(fileOf(next.sha256));
    source.look();
    assert.equal(source.keyOf(old.key), undefined);
    assert.ok(source.keyOf(next.key));
    assert.doesNotMatch(logged, new RegExp(`${old.key}|${next.key}`));
  });

  it('looks by itself', async () => {
    const { key, sha256 } = makeApiKey();
    mount(fileOf(makeApiKey().sha256));
    using source = new AuthSource(join(folder, 'auth.yaml'), log, 5);
    mount(fileOf(sha256));
    const end = Date.now() + 10_000;
    while (source.keyOf(key) === undefined) {
      assert.ok(Date.now() < end, 'never seen');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it('lets a key end at its time', () => {
    const { key, sha256 } = makeApiKey();
    mount(fileOf(sha256).replace('grants', 'expires: 2027-01-31T12:00:00Z, grants'));
    using source = new AuthSource(join(folder, 'auth.yaml'), log, 3_600_000);
    assert.ok(source.keyOf(key, Date.parse('2027-01-31T11:59:59Z')));
    assert.equal(source.keyOf(key, Date.parse('2027-01-31T12:00:00Z')), undefined);
  });

  it('does not start with a file that is missing or wrong', () => {
    assert.throws(() => new AuthSource(join(folder, 'none.yaml'), log), FileMistake);
    mount('keyz: []');
    assert.throws(
      () => new AuthSource(join(folder, 'auth.yaml'), log),
      /SQUALL_AUTH_FILE has mistakes:\n {2}.*auth\.yaml:1:1 keyz: found the unknown key/,
    );
  });
});
