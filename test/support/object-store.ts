import { randomUUID } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';
import { isRecord } from '../../src/campaign/document.ts';
import { type Cluster, ClusterError, type ObjectIdentity, type ObjectReference } from '../../src/kubernetes/cluster.ts';

type Write = 'create' | 'patch' | 'delete';

/**
 * The API server's part for single objects, in memory: uids, resourceVersions and preconditions as Kubernetes has them. A test
 * can hold up a write on its way, and let it arrive when it likes.
 */
export class ObjectStore {
  readonly #objects = new Map<string, KubernetesObject>();
  #version = 100;
  #holding: { write: Write; kind: string; onHeld: (arrive: () => void) => void } | undefined;
  /** every write that was carried out */
  readonly log: string[] = [];

  /** The next such write is held up. Resolves once it is on its way, with what lets it arrive. */
  hold(write: Write, kind: string): Promise<() => void> {
    return new Promise((resolve) => {
      this.#holding = { write, kind, onHeld: resolve };
    });
  }

  read(reference: ObjectReference): KubernetesObject | undefined {
    return structuredClone(this.#objects.get(keyOf(reference)));
  }

  cluster(): Cluster {
    const cluster: Partial<Cluster> = {
      name: 'in-memory',
      readObject: async (reference) => this.read(reference),
      listObjects: async ({ kind, namespace, labelSelector, keep = () => true }) =>
        [...this.#objects.values()]
          .filter((object) => object.kind === kind && (namespace === undefined || object.metadata?.namespace === namespace))
          .filter(({ metadata }) => labelSelector === undefined || metadata?.labels?.[labelSelector] !== undefined)
          .filter(keep)
          .map((object) => structuredClone(object)),
      createObject: async (object) => {
        const reference = referenceOf(object);
        await this.#way('create', reference.kind);
        if (this.#objects.has(keyOf(reference))) throw refused('create', 409, `${reference.name} already exists`);
        return structuredClone(this.#put(reference, { ...object, metadata: { ...object.metadata, uid: randomUUID() } })) as typeof object;
      },
      patchObject: async (reference, patch) => {
        await this.#way('patch', reference.kind);
        const object = this.#objects.get(keyOf(reference));
        if (object === undefined) throw refused('patch', 404, `${reference.name} not found`);
        const wanted = isRecord(patch) && isRecord(patch.metadata) ? patch.metadata.resourceVersion : undefined;
        if (wanted !== undefined && wanted !== object.metadata?.resourceVersion) {
          throw refused('patch', 409, 'the object has been modified; please apply your changes to the latest version');
        }
        return structuredClone(this.#put(reference, merged(object, patch) as KubernetesObject));
      },
      deleteObject: async (identity) => this.#delete(identity),
    };
    return cluster as Cluster;
  }

  async #delete({ uid, resourceVersion, ...reference }: ObjectIdentity): Promise<'deleted' | 'gone'> {
    await this.#way('delete', reference.kind);
    const object = this.#objects.get(keyOf(reference));
    if (object === undefined || object.metadata?.uid !== uid) return 'gone';
    if (resourceVersion !== undefined && resourceVersion !== object.metadata?.resourceVersion) {
      throw refused('delete', 409, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}`);
    }
    this.#objects.delete(keyOf(reference));
    this.log.push(`delete ${reference.kind}/${reference.name}`);
    return 'deleted';
  }

  #put(reference: ObjectReference, object: KubernetesObject): KubernetesObject {
    this.#version++;
    const text = 'stringData' in object && isRecord(object.stringData) ? object.stringData : {};
    const data = Object.fromEntries(Object.entries(text).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]));
    const stored = { ...structuredClone(object), metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    if (Object.keys(data).length > 0) Object.assign(stored, { data, stringData: undefined });
    this.log.push(`${this.#objects.has(keyOf(reference)) ? 'patch' : 'create'} ${reference.kind}/${reference.name}`);
    this.#objects.set(keyOf(reference), stored);
    return stored;
  }

  async #way(write: Write, kind: string): Promise<void> {
    const holding = this.#holding;
    if (holding === undefined || holding.write !== write || holding.kind !== kind) return;
    this.#holding = undefined;
    await new Promise<void>((arrive) => holding.onHeld(arrive));
  }
}

/** RFC 7396. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = merged(result[key], value);
  }
  return result;
}

function referenceOf({ apiVersion = '', kind = '', metadata }: KubernetesObject): ObjectReference {
  const { namespace, name = '' } = metadata ?? {};
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

function keyOf({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace ?? ''} ${name}`;
}

function refused(operation: string, status: number, message: string): ClusterError {
  return new ClusterError(operation, message, { status, retryable: false });
}
