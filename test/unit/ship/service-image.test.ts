import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceContext } from '../../../lab/service-image.ts';

const root = join(import.meta.dirname, '../../..');
const lines = (path: string) => readFileSync(join(root, path), 'utf8').split('\n');

describe("the service's image", () => {
  const { files, folders } = serviceContext;
  const known = [...files, ...folders];
  const dockerfile = lines('Dockerfile');

  it('is built from what is there, and from no more than is let through', () => {
    const copied = dockerfile
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    assert.ok(copied.length > 5);
    for (const path of copied) {
      assert.ok(existsSync(join(root, path)), `there is no ${path}`);
      assert.ok(
        known.some((each) => path === each || path.startsWith(`${each}/`)),
        `${path} is not in the build's context`,
      );
    }
    const letThrough = lines('.dockerignore').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    assert.equal(lines('.dockerignore')[0], '*');
    assert.deepEqual(letThrough.sort(), known.filter((path) => path !== 'Dockerfile').sort());
  });

  it('pins what it is built on, and is run by nobody in particular', () => {
    const base = dockerfile.filter((line) => line.startsWith('ARG NODE_IMAGE='));
    assert.equal(base.length, 1);
    assert.match(base[0] ?? '', /:\d+\.\d+\.\d+-[\w-]+$/);
    for (const line of dockerfile.filter((each) => each.startsWith('FROM '))) assert.match(line, /^FROM \$\{NODE_IMAGE\}/);
    assert.ok(dockerfile.includes('USER 10001:10001'));
    assert.ok(dockerfile.some((line) => line.startsWith('HEALTHCHECK ')));
  });
});
