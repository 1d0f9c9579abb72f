import assert from 'node:assert/strict';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { AuthIssuer } from '../../../../src/api/auth/auth-file.ts';
import { Issuer } from '../../../../src/api/auth/issuer.ts';
import { TokenIssuer } from '../../../support/token-issuer.ts';

function settingsOf(issuer: string, changed: Partial<AuthIssuer> = {}): AuthIssuer {
  return {
    name: 'sso',
    issuer,
    audience: ['squall'],
    jwksUri: null,
    algorithms: ['ES256'],
    clockToleranceMs: 30_000,
    nameClaim: 'email',
    groupsClaim: 'realm_access.roles',
    grants: [
      { group: 'sre', role: 'operator', clusters: ['default'], namespaces: ['shop'] },
      { group: '*', role: 'viewer', clusters: ['*'], namespaces: ['*'] },
    ],
    ...changed,
  };
}

describe('OIDC issuer', () => {
  const anna = { email: 'anna@example.com', realm_access: { roles: ['sre'] } };
  let tokens: TokenIssuer;
  beforeEach(async () => {
    tokens = await TokenIssuer.start();
  });
  afterEach(() => tokens[Symbol.asyncDispose]());

  async function reasonOf(issuer: Issuer, token: string): Promise<string> {
    const verified = await issuer.verify(token);
    assert.equal(verified.outcome, 'refused', JSON.stringify(verified));
    return verified.outcome === 'refused' ? verified.reason : '';
  }

  it('names who calls, and grants by groups', async () => {
    const issuer = new Issuer(settingsOf(tokens.url));
    assert.deepEqual(await issuer.verify(await tokens.token(anna)), {
      outcome: 'accepted',
      principal: {
        name: 'sso:anna@example.com',
        grants: [
          { role: 'operator', clusters: ['default'], namespaces: ['shop'] },
          { role: 'viewer', clusters: ['*'], namespaces: ['*'] },
        ],
        identified: true,
      },
    });
    const bert = await issuer.verify(await tokens.token({ email: 'bert@example.com' }));
    assert.deepEqual(bert.outcome === 'accepted' && bert.principal.grants.map(({ role }) => role), ['viewer']);
  });

  it('asks for its keys once, and again for a key it does not know', async () => {
    const issuer = new Issuer(settingsOf(tokens.url));
    for (let index = 0; index < 5; index += 1) await issuer.verify(await tokens.token(anna));
    assert.deepEqual(tokens.asked, ['/.well-known/openid-configuration', '/keys']);
    await tokens.rotate();
    const rotated = await tokens.token(anna);
    // Whoever makes key ids up cannot have the issuer asked at will: not within 30 s of the last time.
    assert.match(await reasonOf(issuer, rotated), /no applicable key/);
    assert.equal(tokens.asked.length, 2);
    assert.equal((await new Issuer(settingsOf(tokens.url)).verify(rotated)).outcome, 'accepted');
  });

  it('refuses tokens of another audience or issuer, out of time, or not signed as agreed', async () => {
    const issuer = new Issuer(settingsOf(tokens.url));
    assert.match(await reasonOf(issuer, await tokens.token(anna, { audience: 'other' })), /"aud"/);
    assert.match(await reasonOf(issuer, await tokens.token(anna, { issuer: 'https://evil.example' })), /"iss"/);
    assert.match(await reasonOf(issuer, await tokens.token(anna, { expiresInS: -31 })), /"exp"/);
    assert.match(await reasonOf(issuer, await tokens.token({ ...anna, nbf: Math.floor(Date.now() / 1_000) + 120 })), /"nbf"/);
    const claims = { ...anna, iss: tokens.url, aud: 'squall', exp: Math.floor(Date.now() / 1_000) + 60 };
    await reasonOf(issuer, new UnsecuredJWT(claims).encode());
    const symmetric = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: '1' });
    assert.match(await reasonOf(issuer, await symmetric.sign(Buffer.alloc(32, 1))), /"alg"/);
    await using stranger = await TokenIssuer.start();
    assert.match(await reasonOf(issuer, await stranger.token(anna, { issuer: tokens.url })), /signature/);
  });

  it('lets clocks differ by its tolerance', async () => {
    const issuer = new Issuer(settingsOf(tokens.url));
    assert.equal((await issuer.verify(await tokens.token(anna, { expiresInS: -5 }))).outcome, 'accepted');
    const strict = new Issuer(settingsOf(tokens.url, { clockToleranceMs: 0 }));
    assert.match(await reasonOf(strict, await tokens.token(anna, { expiresInS: -5 })), /"exp"/);
  });

  it('refuses who has no name, one with control characters, or an email that is not verified', async () => {
    const issuer = new Issuer(settingsOf(tokens.url));
    assert.match(await reasonOf(issuer, await tokens.token({})), /claim email/);
    assert.match(await reasonOf(issuer, await tokens.token({ email: 'anna\n"level":60' })), /claim email/);
    assert.match(await reasonOf(issuer, await tokens.token({ ...anna, email_verified: false })), /not verified/);
  });

  it('tells an issuer that cannot be asked from a token that is refused', async () => {
    tokens.works = false;
    const issuer = new Issuer(settingsOf(tokens.url));
    const verified = await issuer.verify(await tokens.token(anna));
    assert.equal(verified.outcome, 'unreachable');
    assert.match(verified.outcome === 'unreachable' ? verified.reason : '', /HTTP 500/);
    const direct = new Issuer(settingsOf(tokens.url, { jwksUri: `${tokens.url}/keys` }));
    assert.equal((await direct.verify(await tokens.token(anna))).outcome, 'unreachable');
    tokens.works = true;
    assert.equal((await issuer.verify(await tokens.token(anna))).outcome, 'accepted');
    assert.equal((await direct.verify(await tokens.token(anna))).outcome, 'accepted');
  });
});
