import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import type { FaultContext } from '../../../src/faults/verbs.ts';
import { type Cluster, ClusterError, type ListQuery, type ObjectReference } from '../../../src/kubernetes/cluster.ts';

type Answer = { faults: object[]; leftovers?: object[] } | Error;

/** A cluster of objects in memory, as far as a sweep asks of one; its agents answer what they are told to. */
export class FakeCluster {
  readonly objects: KubernetesObject[] = [];
  /** what the agent in `namespace/pod/container` lists */
  readonly agents = new Map<string, Answer>();
  /** kinds that may not be listed, or whose list never arrives */
  readonly broken = new Map<string, ClusterError>();
  /** everything that would change something, in order */
  readonly changes: string[] = [];
  #version = 1;

  add(...objects: KubernetesObject[]): void {
    for (const object of objects) {
      const { metadata } = object;
      this.objects.push({ ...object, metadata: { uid: `uid-${this.#version}`, resourceVersion: String(this.#version++), ...metadata } });
    }
  }

  /** A running pod with a carrier whose agent answers so. */
  addCarrier(pod: string, answer: Answer, container = 'squall-net-1'): void {
    const carrier: V1Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'shop', name: pod },
      spec: { containers: [], ephemeralContainers: [{ name: container, command: ['/squall-agent', 'serve'] }] },
      status: {
        phase: 'Running',
        ephemeralContainerStatuses: [{ name: container, image: '', imageID: '', ready: false, restartCount: 0, state: { running: {} } }],
      },
    };
    this.add(carrier);
    this.agents.set(`shop/${pod}/${container}`, answer);
  }

  get context(): FaultContext {
    const cluster: Partial<Cluster> = {
      name: 'fake',
      listObjects: async (query) => this.#list(query),
      listNodes: async () => this.objects.filter(({ kind }) => kind === 'Node'),
      readObject: async (reference) => this.#find(reference),
      readPod: async (namespace, name) => this.#find({ apiVersion: 'v1', kind: 'Pod', namespace, name }),
      createObject: async (object) => {
        const { kind = '', metadata: { namespace, name = '' } = {} } = object;
        if (this.#find({ apiVersion: '', kind, name, ...(namespace !== undefined && { namespace }) }) !== undefined) {
          throw new ClusterError('create', 'HTTP 409: there already', { status: 409, retryable: false });
        }
        this.changes.push(`create ${kind} ${name}`);
        this.add(object);
        return object;
      },
      patchObject: async (reference, patch) => {
        this.changes.push(`patch ${reference.kind} ${reference.name} ${JSON.stringify(patch)}`);
        const object = this.#find(reference);
        if (object === undefined) throw new ClusterError('patch', 'HTTP 404: not there', { status: 404, retryable: false });
        merge(object, patch);
        return object;
      },
      deleteObject: async ({ kind, name, uid }) => {
        this.changes.push(`delete ${kind} ${name}`);
        return this.#remove(uid);
      },
      deletePod: async ({ name, uid }) => {
        this.changes.push(`delete Pod ${name}`);
        return this.#remove(uid);
      },
      proxyToPod: async ({ pod }, method, path) => {
        if (method === 'POST') this.changes.push(`${path} ${pod}`);
        throw new ClusterError('proxy', 'the node is cut off', { retryable: true });
      },
      exec: async ({ namespace, pod, container }, argv) => {
        const request = JSON.parse(argv[2] ?? '{}');
        const answer = this.agents.get(`${namespace}/${pod}/${container}`) ?? new Error('no agent');
        if (answer instanceof Error) throw answer;
        if (request.op === 'list') return { exitCode: 0, stdout: JSON.stringify({ ok: true, ...answer }), stderr: '' };
        if (request.op === 'stop') this.changes.push(`stop ${request.id} in ${pod}`);
        const ended = { id: request.id, state: 'ended', inEffect: false, evidence: 'nothing of it is to be found' };
        return { exitCode: 0, stdout: JSON.stringify({ ok: true, fault: ended }), stderr: '' };
      },
    };
    return { cluster: cluster as Cluster, agentImage: 'agent', reach: 'direct', signal: new AbortController().signal };
  }

  #list({ kind, namespace, labelSelector = '', keep = () => true }: ListQuery): KubernetesObject[] {
    const error = this.broken.get(kind);
    if (error !== undefined) throw error;
    const labels = labelSelector.split(',').filter((part) => part !== '');
    return this.objects.filter(
      (object) =>
        object.kind === kind &&
        (namespace === undefined || object.metadata?.namespace === namespace) &&
        labels.every((label) => {
          const [key = '', value] = label.split('=');
          const found = object.metadata?.labels?.[key];
          return value === undefined ? found !== undefined : found === value;
        }) &&
        keep(object),
    );
  }

  #find({ kind, namespace, name }: ObjectReference): KubernetesObject | undefined {
    return this.objects.find(({ kind: found, metadata }) => found === kind && metadata?.name === name && metadata.namespace === namespace);
  }

  #remove(uid: string): 'deleted' | 'gone' {
    const index = this.objects.findIndex(({ metadata }) => metadata?.uid === uid);
    if (index < 0) return 'gone';
    this.objects.splice(index, 1);
    return 'deleted';
  }
}

/** A JSON merge patch, in place. */
function merge(object: object, patch: object): void {
  const target = object as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    const there = target[key];
    if (value === null) delete target[key];
    else if (typeof value !== 'object' || Array.isArray(value)) target[key] = value;
    else {
      const inner = typeof there === 'object' && there !== null ? there : {};
      target[key] = inner;
      merge(inner, value);
    }
  }
}
