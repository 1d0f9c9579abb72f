import assert from 'node:assert/strict';
import { parseDemoArguments } from '../../../scripts/demo/arguments.ts';

describe('arguments of the demo', () => {
  it('are all optional', () => {
    assert.deepEqual(parseDemoArguments([]), { file: undefined, namespace: undefined, port: undefined, keep: false });
    assert.deepEqual(parseDemoArguments(['--file', 'a.yaml', '--namespace', 'chaos', '--port', '7400', '--keep']), {
      file: 'a.yaml',
      namespace: 'chaos',
      port: 7400,
      keep: true,
    });
  });

  it('are refused with what was found and expected', () => {
    assert.throws(() => parseDemoArguments(['--port', '70000']), /--port: found "70000", expected a port number/);
    assert.throws(() => parseDemoArguments(['--namespace', 'Chaos_1']), /--namespace: found "Chaos_1"/);
    assert.throws(() => parseDemoArguments(['--kep']), /--kep/);
    assert.throws(() => parseDemoArguments(['file.yaml']), /file\.yaml/);
  });
});
