import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1ClusterRoleBinding, V1ConfigMap, V1Container, V1Deployment } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { present } from '../../../lab/packages.ts';
import { readLabState } from '../../../lab/state.ts';
import { readConfig } from '../../../src/config.ts';
import { readPolicyFile } from '../../../src/policy/policy-file.ts';
import { runProgram } from '../../support/run-program.ts';
import { skip } from '../../support/skip.ts';

const root = join(import.meta.dirname, '../../..');

interface Manifest {
  kind: string;
  metadata: { name: string };
}

/** kubectl of the lab or of this machine; undefined: there is none. It asks no cluster for this. */
function findKubectl(): string | undefined {
  const ofLab = join(readLabState()?.directory ?? '', 'bin/kubectl');
  return existsSync(ofLab) ? ofLab : present('kubectl') ? 'kubectl' : undefined;
}

describe('the overlays of k8s/', function () {
  this.timeout(60_000);
  const built = new Map<string, Manifest[]>();
  const folder = mkdtempSync(join(tmpdir(), 'squall-overlays-'));

  before(async function () {
    const kubectl = findKubectl();
    if (kubectl === undefined) skip(this, 'kubectl is not there, nor a lab that has one');
    for (const name of ['dev', 'production']) {
      const { code, output } = await runProgram(kubectl, ['kustomize', `k8s/overlays/${name}`], root);
      assert.equal(code, 0, output);
      built.set(
        name,
        parseAllDocuments(output).map((document) => document.toJS() as Manifest),
      );
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  const of = <T>(overlay: string, kind: string) => (built.get(overlay) ?? []).filter((each) => each.kind === kind) as unknown as T[];

  /** What a container's environment comes to, with files for the Secrets and ConfigMaps that are mounted. */
  function environmentOf(overlay: string, { env = [], envFrom = [] }: V1Container): Record<string, string> {
    const maps = of<V1ConfigMap>(overlay, 'ConfigMap');
    const named = envFrom.flatMap(({ configMapRef }) => (configMapRef === undefined ? [] : [configMapRef.name]));
    const shared = maps.filter(({ metadata }) => named.includes(metadata?.name));
    assert.equal(shared.length, named.length, `ConfigMaps ${named.join(', ')}`);
    const own = env.map(({ name, value = '' }): [string, string] => {
      if (!name.endsWith('_FILE')) return [name, value];
      const key = value.split('/').at(-1) ?? '';
      const path = join(folder, key);
      writeFileSync(path, maps.find(({ data }) => data?.[key] !== undefined)?.data?.[key] ?? 'a key of at least sixteen characters');
      return [name, path];
    });
    return Object.fromEntries([...shared.flatMap(({ data = {} }) => Object.entries(data)), ...own]);
  }

  for (const overlay of ['dev', 'production']) {
    it(`${overlay}: API and worker are given an environment that they take`, () => {
      const deployments = of<V1Deployment>(overlay, 'Deployment');
      assert.equal(deployments.length, 2);
      for (const { spec } of deployments) {
        const [container] = spec?.template.spec?.containers ?? [];
        assert.ok(container);
        const environment = environmentOf(overlay, container);
        const config = readConfig(environment);
        assert.equal(config.temporal.connection.address, environment.TEMPORAL_ADDRESS);
        assert.match(config.agentImage, /squall-agent:/);
        if (environment.SQUALL_POLICY_FILE === undefined) continue;
        const policy = readPolicyFile(environment.SQUALL_POLICY_FILE, { clusters: ['default'] });
        assert.ok(policy.ok, JSON.stringify(policy));
      }
    });

    it(`${overlay}: every selector finds the pods it is meant for`, () => {
      const labels = of<V1Deployment>(overlay, 'Deployment').map(({ spec }) => spec?.template.metadata?.labels ?? {});
      for (const kind of ['Service', 'PodDisruptionBudget', 'NetworkPolicy']) {
        for (const { metadata, spec } of of<Manifest & { spec: Selecting }>(overlay, kind)) {
          const wanted = matchLabels(spec);
          const found = labels.filter((each) => Object.entries(wanted).every(([name, value]) => each[name] === value));
          assert.equal(found.length, metadata.name === 'squall-default-deny' ? 2 : 1, `${kind} ${metadata.name}`);
        }
      }
    });
  }

  it('production: two of each, and no right to any fault before somebody binds one', () => {
    for (const { spec } of of<V1Deployment>('production', 'Deployment')) assert.equal(spec?.replicas, 2);
    const bound = of<V1ClusterRoleBinding>('production', 'ClusterRoleBinding').map(({ roleRef }) => roleRef.name);
    assert.deepEqual(bound.sort(), ['squall-janitor', 'squall-reader']);
    assert.deepEqual(of<Manifest>('production', 'RoleBinding'), []);
  });

  it('production: Prometheus finds what to scrape, and what to alert on', () => {
    assert.deepEqual(
      of<Manifest>('production', 'ServiceMonitor').map(({ metadata }) => metadata.name),
      ['squall-api', 'squall-worker'],
    );
    assert.equal(of<Manifest>('production', 'PrometheusRule').length, 1);
    const dashboards = of<V1ConfigMap>('production', 'ConfigMap').find(({ metadata }) => metadata?.labels?.grafana_dashboard === '1');
    assert.deepEqual(Object.keys(dashboards?.data ?? {}).sort(), ['campaigns.json', 'redis.json', 'service.json']);
  });
});

interface Selecting {
  selector?: Record<string, string> & { matchLabels?: Record<string, string> };
  podSelector?: { matchLabels?: Record<string, string> };
}

/** Of a Service, whose selector is the labels themselves, or of what has a label selector. */
function matchLabels({ selector, podSelector }: Selecting): Record<string, string> {
  if (podSelector !== undefined) return podSelector.matchLabels ?? {};
  return selector?.matchLabels ?? selector ?? {};
}
