import assert from 'node:assert/strict';
import { makeApiKey } from '../../../src/api/auth/api-key.ts';
import { createLogger } from '../../../src/security/logger.ts';
import { redact } from '../../../src/security/redact.ts';

const { key } = makeApiKey();
const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl';
const webhook = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('redaction', () => {
  it('takes out what looks like a secret, and nothing else', () => {
    for (const [text, clean] of [
      [`the key ${key} is wrong`, 'the key [redacted] is wrong'],
      [`Authorization: Bearer ${jwt}`, 'Authorization: Bearer [redacted]'],
      [`token ${jwt}!`, 'token [redacted]!'],
      ['authorization: basic dXNlcjpwYXNz', 'authorization: basic [redacted]'],
      [`secrets: [${webhook}]`, 'secrets: [[redacted]]'],
      ['GET http://anna:secret@shop.svc/a?b=c@d', 'GET http://[redacted]@shop.svc/a?b=c@d'],
      ['redis://:secret@cart:6379', 'redis://[redacted]@cart:6379'],
      ['rediss://cart:6379 and anna@example.com', 'rediss://cart:6379 and anna@example.com'],
      ['run squall_runs_started_total of cart-0', 'run squall_runs_started_total of cart-0'],
      ['the bearer of news', 'the bearer of news'],
    ] as const) {
      assert.equal(redact(text), clean);
    }
    assert.equal(redact('found hunter22-hunter22', ['hunter22-hunter22', 'a', '']), 'found [redacted]');
  });

  it('keeps secrets out of a log, wherever in a line they are', () => {
    let lines = '';
    const destination = {
      write(line: string) {
        lines += line;
      },
    };
    const configured = 'quoted "secret" of Temporal';
    const log = createLogger({ level: 'trace', base: { service: 'test' }, secrets: [configured, null], destination });
    const error = new Error(`cannot ask http://anna:p4ss@shop.svc with ${configured}`, { cause: new Error(`Bearer ${jwt}`) });
    log.error({ err: error, headers: { authorization: 'Digest abc' }, nested: { settings: { apiKey: 'abc' } } }, `refused ${key}`);
    log.child({ webhook }).info({ key: 'abc' }, 'child');
    for (const secret of [key, jwt, webhook, 'p4ss', configured, JSON.stringify(configured).slice(1, -1), 'Digest abc', '"abc"']) {
      assert.ok(!lines.includes(secret), `${secret} in ${lines}`);
    }
    for (const line of lines.trim().split('\n')) assert.equal(JSON.parse(line).service, 'test');
    assert.match(lines, /cannot ask http:\/\/\[redacted\]@shop\.svc/);
  });
});
