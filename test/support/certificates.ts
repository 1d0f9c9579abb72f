import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  /** paths of PEM files */
  cert: string;
  key: string;
}

const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** An authority of a test's own, in a folder of the test's. */
export class Authority {
  /** path of its certificate */
  readonly cert: string;
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.cert = this.#path('ca.crt');
    openssl('req', '-x509', ...keyOptions, '-subj', `/CN=${name}`, '-keyout', this.#path('ca.key'), '-out', this.cert);
  }

  /** For a server on loopback, and for a client. */
  issue(name: string): Certificate {
    const [cert, key, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((kind) => this.#path(`${name}.${kind}`)) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(extensions, 'extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=IP:127.0.0.1,DNS:localhost');
    openssl('req', '-new', ...keyOptions.slice(0, -2), '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
    const authority = ['-CA', this.cert, '-CAkey', this.#path('ca.key'), '-set_serial', `0x${Date.now().toString(16)}`];
    openssl('x509', '-req', '-in', request, ...authority, '-days', '2', '-extfile', extensions, '-out', cert);
    return { cert, key };
  }

  #path(file: string): string {
    return join(this.#folder, `${this.#name}-${file}`);
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
