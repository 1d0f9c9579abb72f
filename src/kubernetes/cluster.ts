import type { CoreV1Event, KubernetesObject, V1EphemeralContainer, V1Namespace, V1Node, V1Pod } from '@kubernetes/client-node';
import type { WorkloadKind } from '../contracts/campaign.ts';
import type { Permission } from '../contracts/plan.ts';

/** The one door to a cluster. Every method takes part in the caller's cancellation by `signal`. */
export interface Cluster {
  readonly name: string;
  listPods(namespace: string, labelSelector: string | undefined, signal?: AbortSignal): Promise<V1Pod[]>;
  /** undefined: there is no such pod */
  readPod(namespace: string, name: string, signal?: AbortSignal): Promise<V1Pod | undefined>;
  /** undefined: there is no such namespace */
  readNamespace(name: string, signal?: AbortSignal): Promise<V1Namespace | undefined>;
  listNodes(labelSelector?: string, signal?: AbortSignal): Promise<V1Node[]>;
  listWorkloads(namespace: string, kind: WorkloadKind, labelSelector: string | undefined, signal?: AbortSignal): Promise<Workload[]>;
  listEvents(namespace: string, signal?: AbortSignal): Promise<CoreV1Event[]>;
  /**
   * Deletes just this incarnation of the pod.
   * Answers `deleted`, or `gone` when no pod has this name and uid (an earlier attempt did it).
   */
  deletePod(pod: PodIdentity, gracePeriodSeconds: number | undefined, signal?: AbortSignal): Promise<'deleted' | 'gone'>;
  /** Asks for the pod's end as a drain does: a disruption budget may forbid it. */
  evictPod(
    pod: PodIdentity,
    gracePeriodSeconds: number | undefined,
    signal?: AbortSignal,
  ): Promise<{ outcome: 'evicted' | 'gone' } | { outcome: 'blocked'; reason: string }>;
  /** An object of any kind; undefined: there is none. */
  readObject(reference: ObjectReference, signal?: AbortSignal): Promise<KubernetesObject | undefined>;
  listObjects(query: ListQuery, signal?: AbortSignal): Promise<KubernetesObject[]>;
  /** Throws ClusterError with status 409 when there is one of this name already. */
  createObject<T extends KubernetesObject>(object: T, options?: WriteOptions, signal?: AbortSignal): Promise<T>;
  /** A JSON merge patch: null removes a key. With `metadata.resourceVersion` in it, status 409 when somebody was faster. */
  patchObject(reference: ObjectReference, patch: object, options?: WriteOptions, signal?: AbortSignal): Promise<KubernetesObject>;
  /** Deletes just this incarnation. */
  deleteObject(identity: ObjectIdentity, gracePeriodSeconds?: number, signal?: AbortSignal): Promise<'deleted' | 'gone'>;
  /** One HTTP request to a port of a pod; the API server connects to the pod itself, not through its kubelet. The answer's body. */
  proxyToPod(
    address: { namespace: string; pod: string; port: number },
    method: 'GET' | 'POST',
    path: string,
    signal?: AbortSignal,
  ): Promise<string>;
  /** What a container has written since then, each line after the time at which its kubelet took it. */
  readLog(target: ContainerAddress, since: Date, signal?: AbortSignal): Promise<string>;
  addEphemeralContainer(namespace: string, pod: string, container: V1EphemeralContainer, signal?: AbortSignal): Promise<V1Pod>;
  /** Runs argv in a container to its end. */
  exec(target: ContainerAddress, argv: string[], options: ExecOptions): Promise<ExecResult>;
  /** Starts argv in a container and returns at its first whole line on stdout; the process is left running, its streams closed. */
  execFirstLine(target: ContainerAddress, argv: string[], options: ExecOptions): Promise<string>;
  /** Starts argv in a container and stays in talk with it, by lines. */
  openExec(target: ContainerAddress, argv: string[], options: ExecOptions): Promise<OpenExec>;
  /** A listener on loopback that forwards to the pod's port through the API server, until disposed of. */
  portForward(namespace: string, pod: string, port: number): Promise<Forward>;
  /** Those of the permissions this client does not have. */
  missingPermissions(namespace: string, permissions: Permission[], signal?: AbortSignal): Promise<Permission[]>;
}

/** Names an object; without a namespace, one of the cluster itself. */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
}

export interface ObjectIdentity extends ObjectReference {
  uid: string;
  /** only as it was then: a delete answers status 409 when somebody has changed it since */
  resourceVersion?: string;
}

export interface ListQuery {
  apiVersion: string;
  kind: string;
  namespace?: string;
  labelSelector?: string;
  /** for example `spec.nodeName=worker-1` */
  fieldSelector?: string;
  /** which objects are kept of each page: of a large cluster, few are held at once */
  keep?(object: KubernetesObject): boolean;
}

export interface WriteOptions {
  /** ask whether it would be accepted, and change nothing */
  dryRun?: boolean;
}

export interface Workload {
  kind: WorkloadKind;
  name: string;
  uid: string;
  replicas: number;
  /** its pod template's labels selector, as kubectl writes it */
  selector: string;
  terminationGracePeriodSeconds: number;
  annotations: Record<string, string>;
}

export interface PodIdentity {
  namespace: string;
  name: string;
  uid: string;
}

export interface ContainerAddress {
  namespace: string;
  pod: string;
  container: string;
}

export interface ExecOptions {
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A process in a container that reads lines and writes lines. */
export interface OpenExec {
  /** what it writes to stdout, a line each; ends when the process has, or the connection is lost */
  readonly lines: AsyncIterable<string>;
  /** resolved when it has ended, with how */
  readonly closed: Promise<ClusterError>;
  write(line: string): void;
  /** ends its input, and the connection */
  close(): void;
}

export interface Forward extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** why a connection was last reset, for example that nothing listens on the port in the pod; null: none was */
  readonly lastError: string | null;
}

/** A named failure of the cluster's door: what was asked, of what, and what came back. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly operation: string;
  /** HTTP status, when the API server answered */
  readonly status: number | undefined;
  /** true: the same call may succeed later (throttled, unavailable, connection lost) */
  readonly retryable: boolean;

  constructor(operation: string, message: string, options: { status?: number; retryable: boolean; cause?: unknown }) {
    super(`${operation}: ${message}`, { cause: options.cause });
    this.operation = operation;
    this.status = options.status;
    this.retryable = options.retryable;
  }
}
