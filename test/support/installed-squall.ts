import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import type { LabState } from '../../lab/state.ts';
import { makeApiKey } from '../../src/api/auth/api-key.ts';
import { runProgram } from './run-program.ts';

const root = join(import.meta.dirname, '../..');
const waitSeconds = 180;
/** Of github.com/prometheus-operator/prometheus-operator 0.93.0, whose licence is Apache-2.0, without its descriptions. */
const operatorDefinitions = join(root, 'test/fixtures/prometheus-operator-crds.json');

export interface Installation {
  /** of the service */
  image: string;
  /** HOST:PORT, as pods reach it */
  temporalAddress: string;
  /** as pods reach it */
  prometheusUrl: string;
  /** the only node that has the image; undefined: all have it */
  node: string | undefined;
}

/** squall in the lab's cluster, by k8s/overlays/production and what a user would put on top of it, in a namespace and under names of its own. */
export class InstalledSquall implements AsyncDisposable {
  readonly namespace: string;
  readonly core: CoreV1Api;
  /** requests that had no answer, and were made again */
  repeated = 0;
  /** what kubectl said when it was applied */
  applied = '';
  readonly headers: Record<string, string>;
  readonly #keySha256: string;
  readonly #folder: string;
  readonly #kubectl: (...words: string[]) => Promise<string>;
  /** of the API's Service */
  url = '';

  private constructor(lab: LabState) {
    const config = new KubeConfig();
    config.loadFromFile(lab.kubeconfig);
    this.core = config.makeApiClient(CoreV1Api);
    this.namespace = `install-${randomUUID().slice(0, 8)}`;
    const { key, sha256 } = makeApiKey();
    this.#keySha256 = sha256;
    this.headers = { authorization: `Bearer ${key}` };
    this.#folder = mkdtempSync(join(tmpdir(), 'squall-install-'));
    this.#kubectl = async (...words) => {
      const { code, output } = await runProgram(join(lab.directory, 'bin/kubectl'), ['--kubeconfig', lab.kubeconfig, ...words], root);
      assert.equal(code, 0, `kubectl ${words.join(' ')}: ${output}`);
      return output;
    };
  }

  /** Applies the manifests; returns at once. @see ready */
  static async apply(lab: LabState, { image, temporalAddress, prometheusUrl, node }: Installation): Promise<InstalledSquall> {
    const squall = new InstalledSquall(lab);
    const [, newName = '', newTag = ''] = /^(.*):([^:/]+)$/.exec(image) ?? [];
    const scraper = makeApiKey();
    const everywhere = { clusters: '*', namespaces: '*' };
    const keys = [
      { name: 'a-test', sha256: squall.#keySha256, grants: [{ role: 'admin', ...everywhere }] },
      { name: 'prometheus', sha256: scraper.sha256, grants: [{ role: 'viewer', ...everywhere }] },
    ];
    writeFileSync(join(squall.#folder, 'auth.yaml'), stringify({ keys }));
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace: squall.namespace,
      // What belongs to no namespace is told apart from another installation's.
      nameSuffix: `-${squall.namespace}`,
      resources: [relative(squall.#folder, join(root, 'k8s/overlays/production'))],
      images: [{ name: 'registry.example/squall', newName, newTag }],
      configMapGenerator: [
        {
          name: 'squall-config',
          behavior: 'merge',
          literals: [
            `TEMPORAL_ADDRESS=${temporalAddress}`,
            'TEMPORAL_NAMESPACE=default',
            `SQUALL_AGENT_IMAGE=${lab.images.agent}`,
            `SQUALL_PROMETHEUS_URL=${prometheusUrl}`,
          ],
        },
      ],
      secretGenerator: [
        { name: 'squall-auth', files: ['auth.yaml'] },
        { name: 'squall-metrics', literals: [`key=${scraper.key}`] },
      ],
      patches:
        node === undefined
          ? []
          : [
              {
                target: { kind: 'Deployment' },
                patch: stringify([{ op: 'add', path: '/spec/template/spec/nodeSelector', value: { 'kubernetes.io/hostname': node } }]),
              },
            ],
    };
    writeFileSync(join(squall.#folder, 'kustomization.yaml'), stringify(kustomization));
    try {
      await squall.#kubectl('apply', '--server-side', '-f', operatorDefinitions);
      await squall.#kubectl('wait', '--for=condition=Established', '-f', operatorDefinitions, '--timeout=60s');
      squall.applied = await squall.#kubectl('apply', '-k', squall.#folder, '--validate=strict');
    } catch (error) {
      await squall[Symbol.asyncDispose]();
      throw error;
    }
    return squall;
  }

  /** Opens a namespace to faults, as docs/install.md has it. */
  async open(namespace: string): Promise<void> {
    const [role, account] = [`squall-faults-${this.namespace}`, `${this.namespace}:squall-worker-${this.namespace}`];
    const binding = [
      'create',
      'rolebinding',
      'squall-faults',
      '--namespace',
      namespace,
      '--clusterrole',
      role,
      '--serviceaccount',
      account,
    ];
    await this.#kubectl(...binding);
    await this.#kubectl('annotate', 'namespace', namespace, 'squall.dev/chaos=enabled');
  }

  /** Returns once both Deployments are as they are to be, with all of their pods. */
  async ready(): Promise<void> {
    await Promise.all(['api', 'worker'].map((part) => this.#rolledOut(part)));
    const { spec } = await this.core.readNamespacedService({ namespace: this.namespace, name: `squall-api-${this.namespace}` });
    this.url = `http://${spec?.clusterIP}:${spec?.ports?.[0]?.port}`;
  }

  async #rolledOut(part: string): Promise<void> {
    const deployment = `deployment/squall-${part}-${this.namespace}`;
    try {
      await this.#kubectl('--namespace', this.namespace, 'rollout', 'status', deployment, `--timeout=${waitSeconds}s`);
    } catch (error) {
      const pods = await this.#kubectl('--namespace', this.namespace, 'describe', 'pods');
      throw new Error(`${deployment} is not ready: ${pods.slice(-6_000)}`, { cause: error });
    }
  }

  /**
   * Has the API server check another overlay, put into this namespace, without doing it: each field, each right, Pod Security.
   * @returns what kubectl said
   */
  async check(overlay: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'squall-overlay-'));
    try {
      const kustomization = {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        namespace: this.namespace,
        nameSuffix: `-${this.namespace}`,
        resources: [relative(folder, join(root, overlay))],
      };
      writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization));
      return await this.#kubectl('apply', '-k', folder, '--dry-run=server', '--validate=strict');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  pods(): Promise<V1Pod[]> {
    return this.core.listNamespacedPod({ namespace: this.namespace }).then(({ items }) => items);
  }

  /** Replaces every pod of both Deployments, by a rolling update; returns when the last one of before is gone. */
  async rollOver(): Promise<void> {
    const before = new Set((await this.pods()).map(({ metadata }) => metadata?.uid));
    await this.#kubectl('--namespace', this.namespace, 'rollout', 'restart', 'deployment');
    await this.ready();
    const end = Date.now() + waitSeconds * 1_000;
    for (;;) {
      const left = (await this.pods()).filter(({ metadata }) => before.has(metadata?.uid));
      if (left.length === 0) return;
      assert.ok(Date.now() < end, `${left.map(({ metadata }) => metadata?.name).join(', ')}: still there after ${waitSeconds} s`);
      await delay(200);
    }
  }

  /** A request through the API's Service, each by a connection of its own; made again when the pod that had it went away. */
  async request(path: string, { method = 'GET', body, type = 'application/json' }: { method?: string; body?: string; type?: string } = {}) {
    const end = Date.now() + 60_000;
    for (;;) {
      try {
        const headers = {
          ...this.headers,
          accept: 'application/json, */*;q=0.1',
          connection: 'close',
          ...(body !== undefined && { 'content-type': type }),
        };
        const response = await fetch(`${this.url}${path}`, { method, headers, ...(body !== undefined && { body }) });
        return { status: response.status, text: await response.text() };
      } catch (error) {
        if (Date.now() > end) throw error;
        this.repeated++;
        await delay(250);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kubectl('delete', '-k', this.#folder, '--wait=false', '--ignore-not-found');
    await this.#kubectl('delete', '-f', operatorDefinitions, '--wait=false', '--ignore-not-found');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
