import assert from 'node:assert/strict';
import type { AuthWebhook } from '../../../../src/api/auth/auth-file.ts';
import { type Delivery, signDelivery, verifyDelivery } from '../../../../src/api/auth/webhook-signature.ts';

const secret = Buffer.alloc(32, 1);
const webhooks: AuthWebhook[] = [
  { name: 'other', secrets: [Buffer.alloc(32, 9)], grants: [] },
  { name: 'alerts', secrets: [secret, Buffer.alloc(32, 2)], grants: [] },
];
const now = 1_700_000_000_000;
const seconds = now / 1_000;
const body = Buffer.from('{"alerts":[]}');

function delivery(changes: Partial<Delivery> = {}): Delivery {
  return { id: 'msg_1', timestamp: String(seconds), signature: signDelivery(secret, 'msg_1', seconds, body), body, ...changes };
}

describe('signature of a webhook', () => {
  it('is as Standard Webhooks has it', () => {
    // The example of the specification's libraries.
    const known = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const signature = signDelivery(known, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');
    assert.equal(signature, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('tells who sent it, also while a secret is replaced', () => {
    const verified = verifyDelivery(delivery(), webhooks, now);
    assert.ok(verified.ok);
    assert.equal(verified.webhook.name, 'alerts');
    const next = signDelivery(Buffer.alloc(32, 2), 'msg_1', seconds, body);
    assert.ok(verifyDelivery(delivery({ signature: `v1a,AAAA v1,AAAA ${next}` }), webhooks, now).ok);
  });

  it('is refused when anything differs, or out of time', () => {
    const refused: [Partial<Delivery>, RegExp][] = [
      [{ body: Buffer.from('{"alerts":[1]}') }, /of no secret/],
      [{ id: 'msg_2' }, /of no secret/],
      [{ timestamp: String(seconds + 1) }, /of no secret/],
      [{ signature: signDelivery(Buffer.alloc(32, 3), 'msg_1', seconds, body) }, /of no secret/],
      [{ signature: delivery().signature?.replace('v1,', 'v2,') }, /of no secret/],
      [{ signature: undefined }, /of no secret/],
      [{ signature: '' }, /of no secret/],
      [{ id: undefined }, /webhook-id/],
      [{ id: '../x' }, /webhook-id/],
      [{ timestamp: 'soon' }, /webhook-timestamp/],
      [{ timestamp: undefined }, /webhook-timestamp/],
    ];
    for (const [changes, reason] of refused) {
      const verified = verifyDelivery(delivery(changes), webhooks, now);
      assert.ok(!verified.ok, JSON.stringify(changes));
      assert.match(verified.reason, reason);
    }
    for (const [later, reason] of [
      [301_000, /301 s old/],
      [-301_000, /301 s ahead/],
    ] as const) {
      const verified = verifyDelivery(delivery(), webhooks, now + later);
      assert.match(verified.ok ? '' : verified.reason, reason);
    }
    assert.ok(verifyDelivery(delivery(), webhooks, now + 299_000).ok);
  });
});
