import { readFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import type { Logger } from 'pino';
import { errorMessage } from '../../error-message.ts';
import { hashApiKey } from './api-key.ts';
import { type AuthFile, type AuthKey, type AuthWebhook, parseAuthFile } from './auth-file.ts';
import { Issuer, type VerifiedToken } from './issuer.ts';

/** Kubernetes brings a changed Secret to a pod within a minute or so: looking oftener than this would gain nothing. */
const lookEveryMs = 3_000;

/** The auth file cannot be read, or has mistakes. */
export class AuthFileError extends Error {
  override readonly name = 'AuthFileError';
}

/**
 * Who may call, as the auth file says now. The file is read again and again, by its content, since a mounted Secret changes by a
 * link; a changed file holds from the next request on. One with mistakes changes nothing: what held goes on holding, and the log says so.
 */
export class AuthSource implements Disposable {
  readonly #path: string;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #content: string;
  #keys: ReadonlyMap<string, AuthKey>;
  #issuers: readonly Issuer[];
  #webhooks: readonly AuthWebhook[];

  /** @throws AuthFileError */
  constructor(path: string, log: Logger, everyMs: number = lookEveryMs) {
    this.#path = path;
    this.#log = log;
    this.#content = this.#read();
    const file = this.#parse(this.#content);
    this.#keys = byHash(file);
    this.#issuers = file.issuers.map((settings) => new Issuer(settings));
    this.#webhooks = file.webhooks;
    this.#timer = setInterval(() => this.look(), everyMs);
    this.#timer.unref();
  }

  /** Looks whether the file has changed. */
  look(): void {
    try {
      const content = this.#read();
      if (content === this.#content) return;
      // Before it is parsed: what is wrong is told once.
      this.#content = content;
      this.#take(this.#parse(content));
      this.#log.info({ keys: this.#keys.size, issuers: this.#issuers.length, webhooks: this.#webhooks.length }, 'auth file changed');
    } catch (error) {
      this.#log.error({ reason: errorMessage(error) }, 'the auth file was not taken; what held before goes on holding');
    }
  }

  /** The key of this text; undefined: there is none, or its time is over. */
  keyOf(presented: string, now: number = Date.now()): AuthKey | undefined {
    const key = this.#keys.get(hashApiKey(presented));
    return key !== undefined && (key.expiresAt === null || now < key.expiresAt) ? key : undefined;
  }

  /** Whether a text looks like a token of an issuer, and not like a key. */
  isToken(presented: string): boolean {
    return this.#issuers.length > 0 && presented.split('.').length === 3;
  }

  async verifyToken(token: string): Promise<VerifiedToken> {
    const claimed = issuerOf(token);
    // Two entries may have one issuer, each with an audience of its own.
    const candidates = this.#issuers.filter(({ settings }) => settings.issuer === claimed);
    let result: VerifiedToken = { outcome: 'refused', reason: 'it is of no issuer that the auth file names' };
    for (const issuer of candidates) {
      result = await issuer.verify(token);
      if (result.outcome === 'accepted') return result;
    }
    return result;
  }

  webhook(name: string): AuthWebhook | undefined {
    return this.#webhooks.find((webhook) => webhook.name === name);
  }

  get webhooks(): readonly AuthWebhook[] {
    return this.#webhooks;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #read(): string {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      throw new AuthFileError(`SQUALL_AUTH_FILE ${this.#path}: expected a readable file (${errorMessage(error)})`, { cause: error });
    }
  }

  #parse(content: string): AuthFile {
    const read = parseAuthFile(content, this.#path);
    if (read.ok) return read.file;
    throw new AuthFileError(`SQUALL_AUTH_FILE has mistakes:\n${read.problems.map(({ message }) => `  ${message}`).join('\n')}`);
  }

  #take(file: AuthFile): void {
    this.#keys = byHash(file);
    this.#webhooks = file.webhooks;
    // One whose settings have not changed keeps the issuer's keys.
    const known = new Map(this.#issuers.map((issuer) => [JSON.stringify(issuer.settings), issuer]));
    this.#issuers = file.issuers.map((settings) => known.get(JSON.stringify(settings)) ?? new Issuer(settings));
  }
}

function byHash({ keys }: AuthFile): Map<string, AuthKey> {
  return new Map(keys.flatMap((key) => key.sha256.map((sha256): [string, AuthKey] => [sha256, key])));
}

/** Who the token says it is of, not verified yet. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
