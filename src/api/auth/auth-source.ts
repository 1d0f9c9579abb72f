import { decodeJwt } from 'jose';
import type { Logger } from 'pino';
import { FileMistake, WatchedFile } from '../../security/watched-file.ts';
import { hashApiKey } from './api-key.ts';
import { type AuthFile, type AuthKey, type AuthWebhook, parseAuthFile } from './auth-file.ts';
import { Issuer, type VerifiedToken } from './issuer.ts';

interface Known {
  /** by the hash of each key */
  keys: ReadonlyMap<string, AuthKey>;
  issuers: readonly Issuer[];
  webhooks: readonly AuthWebhook[];
}

/** Who may call, as the auth file says now: a changed file holds from the next request on. */
export class AuthSource implements Disposable {
  readonly #file: WatchedFile<Known>;

  /** @throws FileMistake */
  constructor(path: string, log: Logger, everyMs?: number) {
    // One whose settings have not changed keeps the issuer's keys.
    let issuers = new Map<string, Issuer>();
    this.#file = new WatchedFile({ variable: 'SQUALL_AUTH_FILE', path, log, everyMs }, (content): Known => {
      const file = parse(content, path);
      issuers = new Map(
        file.issuers.map((settings): [string, Issuer] => {
          const written = JSON.stringify(settings);
          return [written, issuers.get(written) ?? new Issuer(settings)];
        }),
      );
      return { keys: byHash(file), issuers: [...issuers.values()], webhooks: file.webhooks };
    });
  }

  /** Looks whether the file has changed. */
  look(): void {
    this.#file.look();
  }

  /** The key of this text; undefined: there is none, or its time is over. */
  keyOf(presented: string, now: number = Date.now()): AuthKey | undefined {
    const key = this.#file.value.keys.get(hashApiKey(presented));
    return key !== undefined && (key.expiresAt === null || now < key.expiresAt) ? key : undefined;
  }

  /** Whether a text looks like a token of an issuer, and not like a key. */
  isToken(presented: string): boolean {
    return this.#file.value.issuers.length > 0 && presented.split('.').length === 3;
  }

  async verifyToken(token: string): Promise<VerifiedToken> {
    const claimed = issuerOf(token);
    // Two entries may have one issuer, each with an audience of its own.
    const candidates = this.#file.value.issuers.filter(({ settings }) => settings.issuer === claimed);
    let result: VerifiedToken = { outcome: 'refused', reason: 'it is of no issuer that the auth file names' };
    for (const issuer of candidates) {
      result = await issuer.verify(token);
      if (result.outcome === 'accepted') return result;
    }
    return result;
  }

  /** Who may send signed webhooks. */
  get webhooks(): readonly AuthWebhook[] {
    return this.#file.value.webhooks;
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

function parse(content: string, path: string): AuthFile {
  const read = parseAuthFile(content, path);
  if (read.ok) return read.file;
  throw new FileMistake(`SQUALL_AUTH_FILE has mistakes:\n${read.problems.map(({ message }) => `  ${message}`).join('\n')}`);
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
