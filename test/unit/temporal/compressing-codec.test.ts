import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common/lib/proto-utils.js';
import { CompressingCodec, compressedEncoding, compressedFromBytes } from '../../../src/temporal/compressing-codec.ts';

describe('compressing codec', () => {
  const codec = new CompressingCodec();
  const large = {
    pods: Array.from({ length: 10_000 }, (_, i) => ({ name: `cart-${i}`, node: `node-${i % 100}`, labels: { app: 'cart' } })),
  };

  function encodingOf({ metadata }: Payload): string {
    return Buffer.from(metadata?.encoding ?? []).toString();
  }

  it('makes a large payload a small one, and gets it back', async () => {
    const plain = defaultPayloadConverter.toPayload(large);
    const [compressed] = await codec.encode([plain]);
    assert.ok(compressed);
    assert.equal(encodingOf(compressed), compressedEncoding);
    assert.ok((compressed.data?.length ?? 0) * 5 < (plain.data?.length ?? 0), `${compressed.data?.length} of ${plain.data?.length} bytes`);
    const [again] = await codec.decode([compressed]);
    assert.ok(again);
    assert.deepEqual(defaultPayloadConverter.fromPayload(again), large);
  });

  it('leaves a small one as it is, and reads it, in the order they came in', async () => {
    const small = defaultPayloadConverter.toPayload('a'.repeat(compressedFromBytes - 2));
    const less = defaultPayloadConverter.toPayload('a'.repeat(compressedFromBytes - 3));
    const both = await codec.encode([less, small]);
    assert.equal(both[0], less);
    assert.equal(encodingOf(both[1] ?? {}), compressedEncoding);
    const read = await codec.decode(both);
    assert.deepEqual(
      read.map((payload) => defaultPayloadConverter.fromPayload(payload)),
      ['a'.repeat(compressedFromBytes - 3), 'a'.repeat(compressedFromBytes - 2)],
    );
  });

  it('says of what is not compressed that it is not', async () => {
    const broken: Payload = { metadata: { encoding: Buffer.from(compressedEncoding) }, data: Buffer.from('plain') };
    await assert.rejects(codec.decode([broken]), /a payload of 5 bytes is not what its encoding says, expected binary\/zlib/);
  });
});
