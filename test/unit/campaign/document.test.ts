import assert from 'node:assert/strict';
import { maxDocumentBytes, readDocument, type SourceDocument } from '../../../src/campaign/document.ts';

function read(text: string): SourceDocument {
  const result = readDocument(text, 'campaign.yaml');
  assert.ok(result.ok, JSON.stringify(result));
  return result.document;
}

function messages(text: string): string[] {
  const result = readDocument(text, 'campaign.yaml');
  assert.ok(!result.ok, 'was read');
  return result.problems.map(({ message }) => message);
}

describe('a document', () => {
  const yaml = 'spec:\n  steps:\n    - wait: 10s\n    - experiment: { fault: pod-delete }\n';

  it('gives its values and where each stands', () => {
    const document = read(yaml);
    assert.deepEqual(document.value, { spec: { steps: [{ wait: '10s' }, { experiment: { fault: 'pod-delete' } }] } });
    assert.deepEqual(document.locate(['spec', 'steps', 0, 'wait']), { line: 3, column: 13 });
    assert.deepEqual(document.locate(['spec', 'steps', 0, 'wait'], 'key'), { line: 3, column: 7 });
    assert.deepEqual(document.locate(['spec', 'steps', 1, 'experiment', 'fault']), { line: 4, column: 28 });
  });

  it('locates what is missing where it is missed', () => {
    assert.deepEqual(read(yaml).locate(['spec', 'steps', 1, 'experiment', 'target', 'role']), { line: 4, column: 19 });
    assert.deepEqual(read('a: 1\nb:\nc: 2\n').locate(['b']), { line: 2, column: 1 });
  });

  it('locates values behind an alias', () => {
    assert.deepEqual(read('a: &x { deep: 1 }\nb: *x\n').locate(['b', 'deep']), { line: 1, column: 15 });
  });

  it('is YAML or JSON alike, tabs included', () => {
    assert.deepEqual(
      read('{\n\t"spec": {\n\t\t"steps": [{"wait": "10s"}, {"experiment": {"fault": "pod-delete"}}]\n\t}\n}').value,
      read(yaml).value,
    );
  });

  it('keeps words as words', () => {
    assert.deepEqual(read('a: yes\nb: on\nno: 1\n1: 2\n').value, { a: 'yes', b: 'on', no: 1, 1: 2 });
  });

  it('may begin and end with a separator', () => {
    assert.deepEqual(read('---\na: 1\n---\n').value, { a: 1 });
  });

  it('is refused with every syntax error and its place', () => {
    const found = messages('a: 1\na: 2\nb: !secret x\nc: [1\n');
    assert.match(found.join('\n'), /^campaign.yaml:2:1: found a mistake in the YAML or JSON: Map keys must be unique/m);
    assert.match(found.join('\n'), /^campaign.yaml:3:4: .*Unresolved tag: !secret/m);
    assert.match(found.join('\n'), /^campaign.yaml:5:1: .*Flow sequence/m);
  });

  it('is one of a stream: several are refused by their kinds', () => {
    assert.deepEqual(messages('kind: Campaign\n---\nkind: ConfigMap\n---\nx: 1\n'), [
      'campaign.yaml:2:1: found 3 documents (Campaign, ConfigMap, one without a kind), expected one document, the campaign alone',
    ]);
  });

  for (const text of ['', '\n', '# nothing\n', '---\n']) {
    it(`is not empty: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(messages(text), ['campaign.yaml:1:1: found an empty document, expected a campaign']);
    });
  }

  it('does not explode by anchors', () => {
    const bomb = ['a: &a [1,1,1,1,1,1,1,1,1]'];
    for (const [name, of] of [...'bcdefgh'].map((letter, index) => [letter, 'abcdefg'[index]])) {
      bomb.push(`${name}: &${name} [*${of},*${of},*${of},*${of},*${of},*${of},*${of},*${of},*${of}]`);
    }
    assert.match(messages(bomb.join('\n'))[0] ?? '', /repeated by anchors/);
  });

  it('does not contain itself', () => {
    assert.match(messages('a: &a [*a]')[0] ?? '', /campaign.yaml:1:8: .*the anchor a contains itself/);
  });

  it('names an anchor that is not there', () => {
    assert.match(messages('a: *nowhere').join('\n'), /campaign.yaml:1:4: .*nowhere/);
  });

  it('is not deeper than a campaign can be', () => {
    for (const text of ['- '.repeat(100_000), '['.repeat(100_000), `${'[ '.repeat(51)}${' ]'.repeat(51)}`]) {
      const found = messages(text);
      assert.ok(found.length > 0 && found.length <= 20);
    }
    read(`${'[ '.repeat(50)}${' ]'.repeat(50)}`);
  });

  it('is of limited size', () => {
    const [message = ''] = messages(`a: "${'ü'.repeat(maxDocumentBytes / 2)}"`);
    assert.match(message, /found \d+ bytes, expected a document of at most 262144 bytes/);
  });

  it('has no key that is no data', () => {
    assert.match(messages('__proto__: { polluted: true }')[0] ?? '', /the key __proto__/);
  });
});
