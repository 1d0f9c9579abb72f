import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { CodecKeyFile, makeCodecKey, parseCodecKeys } from '../../../src/security/codec-keys.ts';
import { EncryptingCodec, isEncrypted } from '../../../src/security/payload-codec.ts';
import { FileMistake } from '../../../src/security/watched-file.ts';
import { decodePayloads } from '../../../src/temporal/decode-payloads.ts';

const log = pino({ level: 'silent' });
const fileOf = (...keys: [id: string, key: string][]) => `keys:\n${keys.map(([id, key]) => `  - { id: ${id}, key: ${key} }\n`).join('')}`;

describe('payload codec', () => {
  let folder: string;
  const [first, second] = [makeCodecKey(), makeCodecKey()];
  const value = { document: 'secret of the campaign', text: 'ä'.repeat(100) };
  const plain = () => defaultPayloadConverter.toPayload(value);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'squall-codec-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function codecOf(...keys: [string, string][]): EncryptingCodec {
    const path = join(folder, `${keys.map(([id]) => id).join('-')}.yaml`);
    writeFileSync(path, fileOf(...keys));
    return new EncryptingCodec(new CodecKeyFile(path, log));
  }

  function read([payload]: Payload[]): unknown {
    assert.ok(payload);
    return defaultPayloadConverter.fromPayload(payload);
  }

  it('encrypts a payload and its metadata, each time anew, and gets it back', async () => {
    const codec = codecOf(['a', first]);
    const encrypted = await codec.encode([plain(), plain()]);
    assert.ok(encrypted.every(isEncrypted));
    for (const { metadata, data } of encrypted) {
      assert.equal(Buffer.from(metadata?.['encryption-key-id'] ?? []).toString(), 'a');
      assert.doesNotMatch(Buffer.from(data ?? []).toString('latin1'), /secret|json/);
    }
    assert.notDeepEqual(encrypted[0]?.data, encrypted[1]?.data);
    assert.deepEqual(read(await codec.decode(encrypted)), value);
  });

  it('reads what was never encrypted', async () => {
    assert.deepEqual(read(await codecOf(['a', first]).decode([plain()])), value);
  });

  it('encrypts with the first key and decrypts with each, and names a key that is missing', async () => {
    const old = await codecOf(['a', first]).encode([plain()]);
    const rotated = codecOf(['b', second], ['a', first]);
    assert.deepEqual(read(await rotated.decode(old)), value);
    const fresh = await rotated.encode([plain()]);
    assert.equal(Buffer.from(fresh[0]?.metadata?.['encryption-key-id'] ?? []).toString(), 'b');
    await assert.rejects(codecOf(['b', second]).decode(old), /encrypted by key "a", expected one of the keys in SQUALL_CODEC_KEYS_FILE/);
  });

  it('notices every change', async () => {
    const codec = codecOf(['a', first], ['b', first]);
    const [encrypted] = await codec.encode([plain()]);
    assert.ok(encrypted?.data && encrypted.metadata);
    for (const place of [0, 12, encrypted.data.length - 1]) {
      const data = Buffer.from(encrypted.data);
      data.writeUInt8(data.readUInt8(place) ^ 1, place);
      await assert.rejects(codec.decode([{ ...encrypted, data }]), /is not what that key encrypted/, `byte ${place}`);
    }
    await assert.rejects(codec.decode([{ ...encrypted, data: new Uint8Array(3) }]), /is not what that key encrypted/);
    // The key's id is authenticated, also where two ids stand for one key.
    const moved = { ...encrypted, metadata: { ...encrypted.metadata, 'encryption-key-id': Buffer.from('b') } };
    await assert.rejects(codec.decode([moved]), /is not what that key encrypted/);
  });

  it('takes up a new key when a payload first needs it', async () => {
    const path = join(folder, 'watched.yaml');
    writeFileSync(path, fileOf(['a', first]));
    using keys = new CodecKeyFile(path, log, 3_600_000);
    const fresh = await codecOf(['b', second]).encode([plain()]);
    writeFileSync(path, fileOf(['b', second], ['a', first]));
    assert.deepEqual(read(await new EncryptingCodec(keys).decode(fresh)), value);
    assert.equal(keys.current().id, 'b');
  });

  it('tells mistakes in the file of keys, and no key', () => {
    const wrong = `keys:\n  - { id: a, key: ${first}AAAA }\n  - { id: a, key: ${second} }\n`;
    assert.throws(
      () => parseCodecKeys(wrong, 'keys.yaml'),
      (error) => {
        assert.ok(error instanceof FileMistake);
        assert.match(error.message, /keys\.yaml:2:\d+ keys\[0\]\.key: found text of \d+ characters/);
        assert.match(error.message, /keys\.yaml:3:\d+ keys\[1\]\.id: found the name "a" a second time/);
        assert.ok(!error.message.includes(first));
        return true;
      },
    );
    assert.throws(() => parseCodecKeys('keys: []', 'keys.yaml'), /expected a list of at least 1/);
  });

  it('gives an event of a history back as it was, failures included', async () => {
    const codec = codecOf(['a', first]);
    const [input] = await codec.encode([plain()]);
    const [attributes] = await codec.encode([defaultPayloadConverter.toPayload({ message: 'forbidden', stack_trace: 'at a' })]);
    assert.ok(input && attributes);
    const event = {
      workflowExecutionStartedEventAttributes: { input: { payloads: [input] } },
      workflowExecutionFailedEventAttributes: {
        failure: { message: 'Encoded failure', encodedAttributes: attributes, cause: { message: 'plain' } },
      },
    };
    await decodePayloads(event, [codec]);
    assert.deepEqual(read(event.workflowExecutionStartedEventAttributes.input.payloads), value);
    const { failure } = event.workflowExecutionFailedEventAttributes;
    assert.equal(failure.message, 'forbidden');
    assert.equal(failure.cause.message, 'plain');
  });
});
