import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from '@kubernetes/client-node';
import { serviceAccountConfig } from './service-account.ts';

/** What of the cluster a service account may do, and may no more. */
export class WithdrawableRights implements AsyncDisposable {
  /** path of a kubeconfig with the account's token */
  readonly kubeconfig: string;
  readonly #rbac: RbacAuthorizationV1Api;
  readonly #account: { namespace: string; name: string };
  readonly #directory: string;
  readonly #granted = new Set<string>();

  private constructor(kubeconfig: string, rbac: RbacAuthorizationV1Api, account: { namespace: string; name: string }, directory: string) {
    this.kubeconfig = kubeconfig;
    this.#rbac = rbac;
    this.#account = account;
    this.#directory = directory;
  }

  static async create(adminKubeconfig: string, namespace: string): Promise<WithdrawableRights> {
    const admin = new KubeConfig();
    admin.loadFromFile(adminKubeconfig);
    const core = admin.makeApiClient(CoreV1Api);
    const name = 'squall-worker';
    const own = await serviceAccountConfig(admin, core, namespace, name);
    const directory = mkdtempSync(join(tmpdir(), 'squall-rights-'));
    const kubeconfig = join(directory, 'kubeconfig');
    writeFileSync(kubeconfig, own.exportConfig(), { mode: 0o600 });
    return new WithdrawableRights(kubeconfig, admin.makeApiClient(RbacAuthorizationV1Api), { namespace, name }, directory);
  }

  async grant(what: string, rules: V1PolicyRule[]): Promise<void> {
    const { namespace, name } = this.#account;
    const metadata = { name: `${namespace}-${what}` };
    await this.#rbac.createClusterRole({ body: { metadata, rules } });
    await this.#rbac.createClusterRoleBinding({
      body: {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', namespace, name }],
      },
    });
    this.#granted.add(what);
  }

  async withdraw(what: string): Promise<void> {
    const name = `${this.#account.namespace}-${what}`;
    await this.#rbac.deleteClusterRoleBinding({ name });
    await this.#rbac.deleteClusterRole({ name });
    this.#granted.delete(what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const what of [...this.#granted]) await this.withdraw(what);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
