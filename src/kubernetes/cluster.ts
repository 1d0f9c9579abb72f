import type { CoreV1Event, V1EphemeralContainer, V1Namespace, V1Pod } from '@kubernetes/client-node';
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
  /** zone by node name; nodes without a zone label are absent */
  nodeZones(signal?: AbortSignal): Promise<Map<string, string>>;
  listWorkloads(namespace: string, kind: WorkloadKind, labelSelector: string | undefined, signal?: AbortSignal): Promise<Workload[]>;
  listEvents(namespace: string, signal?: AbortSignal): Promise<CoreV1Event[]>;
  /**
   * Deletes just this incarnation of the pod.
   * Answers `deleted`, or `gone` when no pod has this name and uid (an earlier attempt did it).
   */
  deletePod(pod: PodIdentity, gracePeriodSeconds: number | undefined, signal?: AbortSignal): Promise<'deleted' | 'gone'>;
  addEphemeralContainer(namespace: string, pod: string, container: V1EphemeralContainer, signal?: AbortSignal): Promise<V1Pod>;
  /** Runs argv in a container to its end. */
  exec(target: ContainerAddress, argv: string[], options: ExecOptions): Promise<ExecResult>;
  /** Starts argv in a container and returns at its first whole line on stdout; the process is left running, its streams closed. */
  execFirstLine(target: ContainerAddress, argv: string[], options: ExecOptions): Promise<string>;
  /** A listener on loopback that forwards to the pod's port through the API server, until disposed of. */
  portForward(namespace: string, pod: string, port: number): Promise<Forward>;
  /** Those of the permissions this client does not have. */
  missingPermissions(namespace: string, permissions: Permission[], signal?: AbortSignal): Promise<Permission[]>;
}

export interface Workload {
  kind: WorkloadKind;
  name: string;
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
