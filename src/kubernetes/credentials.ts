import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { RequestContext, SecurityAuthentication } from '@kubernetes/client-node';
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { ClientOptions } from 'ws';
import type { Kubeconfig } from './kubeconfig.ts';

const maxConnections = 16;
/**
 * By itself undici gives a connection up after 4 s: nearly every sample, and every run, would begin with TLS. Load balancers keep one for a
 * minute, the API server for longer.
 */
const keepAliveMs = 50_000;

/**
 * Authenticates requests of a kubeconfig's current context over one pool of connections.
 * The client library would make a pool, and so a TLS connection, for every request.
 */
export class Credentials implements SecurityAuthentication, AsyncDisposable {
  readonly #kubeconfig: Kubeconfig;
  #pool: { key: string; dispatcher: Dispatcher } | undefined;

  constructor(kubeconfig: Kubeconfig) {
    this.#kubeconfig = kubeconfig;
  }

  getName(): string {
    return 'kubeconfig';
  }

  async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const options: RequestOptions = {};
    await this.#kubeconfig.current().applyToHTTPSOptions(options);
    for (const [name, value] of Object.entries(options.headers ?? {})) context.setHeaderParam(name, String(value));
    if (options.auth) context.setHeaderParam('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
    context.setDispatcher(this.#dispatcher(options));
  }

  /** Options of a WebSocket to the API server. */
  async webSocketOptions(): Promise<ClientOptions> {
    const options: RequestOptions & ClientOptions = {};
    await this.#kubeconfig.current().applyToHTTPSOptions(options);
    // The library keeps its agent for good, with the certificate of the first request; only a proxy needs one.
    if (!this.#kubeconfig.current().getCurrentCluster()?.proxyUrl) delete options.agent;
    return options;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.dispatcher.destroy();
    this.#pool = undefined;
  }

  /** A new pool when a certificate, key or authority was renewed; a token is a header and needs none. */
  #dispatcher(options: RequestOptions): Dispatcher {
    const tls = tlsOptions(options);
    const key = createHash('sha256').update(JSON.stringify(tls)).digest('hex');
    if (this.#pool?.key === key) return this.#pool.dispatcher;
    const outdated = this.#pool?.dispatcher;
    const dispatcher = createPool(tls, this.#kubeconfig.current().getCurrentCluster()?.proxyUrl);
    this.#pool = { key, dispatcher };
    // Requests under way end first; a failure to close an outdated pool concerns nobody.
    outdated?.close().catch(() => undefined);
    return dispatcher;
  }
}

function createPool(tls: TlsOptions, proxyUrl: string | undefined): Dispatcher {
  // Over HTTP/1.1 a request that is given up takes its connection with it; a dead HTTP/2 session would stay in the pool.
  const pool = { connections: maxConnections, keepAliveTimeout: keepAliveMs, allowH2: false };
  const requestTls = { ...tls, allowH2: false };
  if (proxyUrl === undefined) return new Agent({ ...pool, connect: { ...requestTls, keepAlive: true, keepAliveInitialDelay: 30_000 } });
  if (proxyUrl.startsWith('socks')) return new Socks5ProxyAgent(proxyUrl, { ...pool, requestTls });
  return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls });
}

const tlsKeys = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'rejectUnauthorized', 'servername'] as const;
type TlsOptions = Pick<RequestOptions, (typeof tlsKeys)[number]>;

function tlsOptions(options: RequestOptions): TlsOptions {
  return Object.fromEntries(tlsKeys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])));
}
