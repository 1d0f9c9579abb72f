import {
  AppsV1Api,
  AuthorizationV1Api,
  type BaseServerConfiguration,
  type Configuration,
  type ConfigurationOptions,
  CoreV1Api,
  createConfiguration,
  KubernetesObjectApi,
  Observable,
  type ObservableMiddleware,
  ServerConfiguration,
} from '@kubernetes/client-node';
import { inSpan } from '../tracing/tracing.ts';
import { ClusterError } from './cluster.ts';
import { Credentials } from './credentials.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import { withRetries } from './retry.ts';

const defaultTimeoutMs = 15_000;

/** A cluster's API, with one pool of connections, a timeout and bounded retries for every call. */
export class Connection implements AsyncDisposable {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly authorization: AuthorizationV1Api;
  /** objects of any kind */
  readonly objects: KubernetesObjectApi;
  readonly credentials: Credentials;
  readonly #kubeconfig: Kubeconfig;
  readonly #timeoutMs: number;
  readonly #configuration: Configuration;

  constructor(kubeconfig: Kubeconfig, timeoutMs: number = defaultTimeoutMs) {
    this.#kubeconfig = kubeconfig;
    this.#timeoutMs = timeoutMs;
    this.credentials = new Credentials(kubeconfig);
    // Asked for with each request: a kubeconfig that has changed may lead elsewhere.
    const baseServer: BaseServerConfiguration = {
      makeRequestContext: (endpoint, method) => new ServerConfiguration(this.server, {}).makeRequestContext(endpoint, method),
    };
    const configuration = createConfiguration({
      baseServer,
      authMethods: { default: this.credentials },
    });
    this.#configuration = configuration;
    this.objects = new KubernetesObjectApi(configuration);
    this.core = new CoreV1Api(configuration);
    this.apps = new AppsV1Api(configuration);
    this.authorization = new AuthorizationV1Api(configuration);
  }

  /** base address of the API server */
  get server(): string {
    return (this.#kubeconfig.current().getCurrentCluster()?.server ?? '').replace(/\/+$/, '');
  }

  /**
   * One read or idempotent write; `operation` names it and its object in errors, for example `read pod default/a`.
   *
   * @throws ClusterError, or the signal's reason
   */
  call<T>(operation: string, signal: AbortSignal | undefined, request: (options: ConfigurationOptions) => Promise<T>): Promise<T> {
    const attempts = () =>
      withRetries(operation, this.#timeoutMs, signal, (attemptSignal) =>
        request({ middleware: [withSignal(attemptSignal)], middlewareMergeStrategy: 'append' }),
      );
    const name = `kubernetes ${operation.split(' ', 2).join(' ')}`;
    const attributes = { 'squall.operation': operation, 'server.address': this.server };
    // That something is not there is often what is asked.
    const isAnswer = (error: unknown) => error instanceof ClusterError && error.status === 404;
    return inSpan({ name, kind: 'client', attributes, isAnswer }, attempts);
  }

  /** The library's calls for objects of any kind take a whole configuration instead of options. */
  whole({ middleware = [] }: ConfigurationOptions): Configuration {
    return { ...this.#configuration, middleware: [...this.#configuration.middleware, ...middleware] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.credentials[Symbol.asyncDispose]();
  }
}

/** The library has no option for a signal; a middleware may set one. */
function withSignal(signal: AbortSignal): ObservableMiddleware {
  return {
    pre(context) {
      context.setSignal(signal);
      return new Observable(Promise.resolve(context));
    },
    post: (context) => new Observable(Promise.resolve(context)),
  };
}
