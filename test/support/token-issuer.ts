import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A real issuer of OpenID Connect tokens on loopback, with keys that can be replaced. */
export class TokenIssuer implements AsyncDisposable {
  readonly url: string;
  /** what it was asked for, path by path */
  readonly asked: string[] = [];
  /** false: it answers 500 */
  works = true;
  readonly #server: Server;
  #keyId = 0;
  #privateKey: CryptoKey | undefined;
  #published: JWK[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<TokenIssuer> {
    let issuer: TokenIssuer | undefined;
    const server = createServer((req, res) => {
      issuer?.asked.push(req.url ?? '');
      const answer = issuer?.answerOf(req.url ?? '');
      res.writeHead(answer === undefined ? 404 : issuer?.works ? 200 : 500, { 'content-type': 'application/json' });
      res.end(JSON.stringify(answer ?? {}));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    issuer = new TokenIssuer(server);
    await issuer.rotate();
    return issuer;
  }

  /** From now on it signs with a new key, and publishes that one alone. */
  async rotate(): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    this.#keyId += 1;
    this.#privateKey = privateKey;
    this.#published = [{ ...(await exportJWK(publicKey)), kid: String(this.#keyId), alg: 'ES256', use: 'sig' }];
  }

  answerOf(path: string): unknown {
    if (path === '/.well-known/openid-configuration') return { issuer: this.url, jwks_uri: `${this.url}/keys` };
    return path === '/keys' ? { keys: this.#published } : undefined;
  }

  /** `expiresInS`: from now, or before now when it is below 0. */
  async token(claims: Record<string, unknown>, { audience = 'squall', issuer = this.url, expiresInS = 60 } = {}): Promise<string> {
    if (this.#privateKey === undefined) throw new Error('it has no key yet');
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: String(this.#keyId) })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1_000) + expiresInS)
      .sign(this.#privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
