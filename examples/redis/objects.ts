import { createConfiguration, KubernetesObjectApi, PatchStrategy, ServerConfiguration } from '@kubernetes/client-node';
import { ClusterError } from '../../src/kubernetes/cluster.ts';
import { Connection } from '../../src/kubernetes/connection.ts';
import { Kubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { orUndefined } from '../../src/kubernetes/or-undefined.ts';
import type { Manifest } from './manifests.ts';

const fieldManager = 'redis-example';

/** Applies and deletes whatever objects a manifest describes. Every method throws ClusterError. */
export class Objects implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #api: KubernetesObjectApi;

  constructor(kubeconfig: string | undefined) {
    this.#connection = new Connection(new Kubeconfig({ kubeconfig }));
    this.#api = new KubernetesObjectApi(
      createConfiguration({
        baseServer: new ServerConfiguration(this.#connection.server, {}),
        authMethods: { default: this.#connection.credentials },
      }),
    );
  }

  async ensureNamespace(name: string, signal: AbortSignal): Promise<void> {
    const { core } = this.#connection;
    const found = await orUndefined(
      this.#connection.call(`read namespace ${name}`, signal, (options) => core.readNamespace({ name }, options)),
    );
    if (found !== undefined) return;
    await this.#connection.call(`create namespace ${name}`, signal, (options) =>
      core.createNamespace({ body: { metadata: { name } } }, options),
    );
  }

  async apply(manifest: Manifest, signal: AbortSignal): Promise<void> {
    const operation = `apply ${describe(manifest)}`;
    try {
      await this.#connection.call(operation, signal, () =>
        this.#api.patch(manifest, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply),
      );
    } catch (error) {
      if (!(error instanceof ClusterError) || error.status !== 422) throw error;
      throw new ClusterError(operation, `${error.message}. If it was made by something else, delete it first (--reset)`, {
        status: error.status,
        retryable: false,
        cause: error,
      });
    }
  }

  /** Whether it was there. */
  async delete(manifest: Manifest, signal: AbortSignal): Promise<boolean> {
    const deleted = await orUndefined(
      this.#connection.call(`delete ${describe(manifest)}`, signal, () =>
        this.#api.delete(manifest, undefined, undefined, undefined, undefined, 'Background'),
      ),
    );
    return deleted !== undefined;
  }

  /** The workload's rollout: what is missing, or undefined when all replicas are as the manifest has them, and ready. */
  async rollout(manifest: Manifest, signal: AbortSignal): Promise<string | undefined> {
    const { name, namespace } = manifest.metadata;
    const read = manifest.kind === 'Deployment' ? this.#readDeployment : this.#readStatefulSet;
    const { metadata, spec, status } = await read.call(this, name, namespace, signal);
    const replicas = spec?.replicas ?? 1;
    if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return `${describe(manifest)} is not taken up yet`;
    const updated = status?.updatedReplicas ?? 0;
    if (updated < replicas) return `${describe(manifest)}: ${updated} of ${replicas} pods are of the current manifest`;
    const ready = status?.readyReplicas ?? 0;
    if (ready < replicas) return `${describe(manifest)}: ${ready} of ${replicas} pods are ready`;
    if ((status?.replicas ?? 0) > replicas) return `${describe(manifest)}: pods of the manifest before are still there`;
    return undefined;
  }

  #readDeployment(name: string, namespace: string, signal: AbortSignal) {
    const { apps } = this.#connection;
    return this.#connection.call(`read deployment ${namespace}/${name}`, signal, (options) =>
      apps.readNamespacedDeployment({ name, namespace }, options),
    );
  }

  #readStatefulSet(name: string, namespace: string, signal: AbortSignal) {
    const { apps } = this.#connection;
    return this.#connection.call(`read statefulset ${namespace}/${name}`, signal, (options) =>
      apps.readNamespacedStatefulSet({ name, namespace }, options),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]();
  }
}

function describe({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
