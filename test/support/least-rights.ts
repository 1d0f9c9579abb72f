import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api, type V1Role } from '@kubernetes/client-node';
import { readLabState } from '../../lab/state.ts';
import { rbacManifests } from '../../src/campaign/rbac.ts';
import type { Permission } from '../../src/contracts/plan.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { serviceAccountConfig } from './service-account.ts';

/** The lab's cluster as a service account sees it that has these rights, by the manifests of squall itself, and no others. */
export class LeastRights implements AsyncDisposable {
  readonly cluster: Cluster & AsyncDisposable;
  readonly #withdraw: () => Promise<void>;

  private constructor(cluster: Cluster & AsyncDisposable, withdraw: () => Promise<void>) {
    this.cluster = cluster;
    this.#withdraw = withdraw;
  }

  /** @param namespace there, and with it, the account and its Role go */
  static async grant(clusterName: string, namespace: string, permissions: readonly Permission[]): Promise<LeastRights> {
    const lab = readLabState();
    if (lab === undefined) throw new Error('the lab is not up: npm run lab -- up');
    const admin = new KubeConfig();
    admin.loadFromFile(lab.kubeconfig);
    const rbac = admin.makeApiClient(RbacAuthorizationV1Api);
    const core = admin.makeApiClient(CoreV1Api);
    const name = `least-${randomUUID().slice(0, 8)}`;
    const config = await serviceAccountConfig(admin, core, namespace, name);
    const subject = { serviceAccount: name, namespace };
    const manifests = rbacManifests([{ cluster: clusterName, namespace, permissions }], name, subject).get(clusterName) ?? [];
    for (const body of manifests as V1Role[]) {
      if (body.kind === 'Role') await rbac.createNamespacedRole({ namespace, body });
      else if (body.kind === 'RoleBinding') await rbac.createNamespacedRoleBinding({ namespace, body: body as never });
      else if (body.kind === 'ClusterRole') await rbac.createClusterRole({ body });
      else await rbac.createClusterRoleBinding({ body: body as never });
    }
    const folder = mkdtempSync(join(tmpdir(), 'squall-least-'));
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, config.exportConfig(), { mode: 0o600 });
    const cluster = connectCluster({ name: clusterName, kubeconfig });
    await granted(cluster, namespace, [...permissions]);
    return new LeastRights(cluster, async () => {
      rmSync(folder, { recursive: true, force: true });
      for (const { kind } of manifests) {
        if (kind === 'ClusterRole') await rbac.deleteClusterRole({ name });
        if (kind === 'ClusterRoleBinding') await rbac.deleteClusterRoleBinding({ name });
        if (kind === 'Role') await rbac.deleteNamespacedRole({ namespace, name });
        if (kind === 'RoleBinding') await rbac.deleteNamespacedRoleBinding({ namespace, name });
      }
      await core.deleteNamespacedServiceAccount({ namespace, name });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    await this.#withdraw();
  }
}

/** The API server sees new rights a moment after they were written. */
async function granted(cluster: Cluster, namespace: string, permissions: Permission[]): Promise<void> {
  const end = Date.now() + 15_000;
  for (;;) {
    const missing = await cluster.missingPermissions(namespace, permissions);
    if (missing.length === 0) return;
    if (Date.now() > end) throw new Error(`the rights were never seen: ${JSON.stringify(missing)}`);
    await delay(50);
  }
}
