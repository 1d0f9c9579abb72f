import type { Cluster } from './cluster.ts';
import { Connection } from './connection.ts';
import { addEphemeralContainer } from './ephemeral-container.ts';
import { exec, execFirstLine } from './exec.ts';
import { Kubeconfig } from './kubeconfig.ts';
import { listAll } from './list-all.ts';
import type { ClusterSource } from './load-kubeconfig.ts';
import { listNodes } from './nodes.ts';
import { createObject, deleteObject, listObjects, patchObject, readObject } from './objects.ts';
import { openExec } from './open-exec.ts';
import { orUndefined } from './or-undefined.ts';
import { missingPermissions } from './permissions.ts';
import { deletePod, evictPod, listPods, proxyToPod, readPod } from './pods.ts';
import { portForward } from './port-forward.ts';
import { readLog } from './read-log.ts';
import { listWorkloads } from './workloads.ts';

/**
 * A cluster by its kubeconfig. Nothing is sent before the first call; disposing of it closes its connections.
 * Each call ends within `timeoutMs`, retries included; absent: 15 s.
 *
 * @throws Error when the kubeconfig, or the context in it, is not there
 */
export function connectCluster({
  name,
  timeoutMs,
  ...source
}: ClusterSource & { name: string; timeoutMs?: number }): Cluster & AsyncDisposable {
  const connection = new Connection(new Kubeconfig(source), timeoutMs);
  return {
    name,
    listPods: (namespace, labelSelector, signal) => listPods(connection, namespace, labelSelector, signal),
    readPod: (namespace, pod, signal) => readPod(connection, namespace, pod, signal),
    readNamespace: (namespace, signal) =>
      orUndefined(
        connection.call(`read namespace ${namespace}`, signal, (options) => connection.core.readNamespace({ name: namespace }, options)),
      ),
    listNodes: (labelSelector, signal) => listNodes(connection, labelSelector, signal),
    listWorkloads: (namespace, kind, labelSelector, signal) => listWorkloads(connection, namespace, kind, labelSelector, signal),
    listEvents: (namespace, signal) =>
      listAll(connection, `list events ${namespace}`, signal, (range, options) =>
        connection.core.listNamespacedEvent({ namespace, ...range }, options),
      ),
    deletePod: (pod, gracePeriodSeconds, signal) => deletePod(connection, pod, gracePeriodSeconds, signal),
    evictPod: (pod, gracePeriodSeconds, signal) => evictPod(connection, pod, gracePeriodSeconds, signal),
    readObject: (reference, signal) => readObject(connection, reference, signal),
    listObjects: (query, signal) => listObjects(connection, query, signal),
    createObject: (object, options, signal) => createObject(connection, object, options, signal),
    patchObject: (reference, patch, options, signal) => patchObject(connection, reference, patch, options, signal),
    deleteObject: (identity, gracePeriodSeconds, signal) => deleteObject(connection, identity, gracePeriodSeconds, signal),
    proxyToPod: (address, method, path, signal) => proxyToPod(connection, address, method, path, signal),
    readLog: (target, since, signal) => readLog(connection, target, since, signal),
    addEphemeralContainer: (namespace, pod, container, signal) => addEphemeralContainer(connection, namespace, pod, container, signal),
    exec: (target, argv, options) => exec(connection, target, argv, options),
    execFirstLine: (target, argv, options) => execFirstLine(connection, target, argv, options),
    openExec: (target, argv, options) => openExec(connection, target, argv, options),
    portForward: (namespace, pod, port) => portForward(connection, namespace, pod, port),
    missingPermissions: (namespace, permissions, signal) => missingPermissions(connection, namespace, permissions, signal),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
