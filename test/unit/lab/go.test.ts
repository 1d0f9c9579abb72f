import assert from 'node:assert/strict';
import { judgeGo } from '../../../lab/artifacts/go.ts';

describe('the Go toolchain', () => {
  it('is used when new enough', () => {
    assert.deepEqual(judgeGo('go version go1.26.8 linux/amd64', 'local'), { usable: true, found: 'go1.26.8' });
    assert.equal(judgeGo('go version go2.0 linux/amd64', 'local').usable, true);
  });

  it('is used when it may fetch a newer one by itself', () => {
    assert.equal(judgeGo('go version go1.22.2 linux/amd64', 'auto').usable, true);
    assert.equal(judgeGo('go version go1.22.2 linux/amd64', 'local').usable, false);
  });

  it('is refused when too old or absent', () => {
    assert.deepEqual(judgeGo('go version go1.19.8 linux/amd64', 'auto'), { usable: false, found: 'go1.19.8' });
    assert.deepEqual(judgeGo(undefined, ''), { usable: false, found: 'no go on PATH' });
  });
});
