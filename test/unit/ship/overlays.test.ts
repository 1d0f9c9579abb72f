import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1Container,
  V1Deployment,
  V1Namespace,
  V1NetworkPolicy,
  V1PodDisruptionBudget,
} from '@kubernetes/client-node';
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
    for (const name of ['dev', 'production', 'private-cluster']) {
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

  for (const overlay of ['dev', 'production', 'private-cluster']) {
    it(`${overlay}: API and worker are given an environment that they take`, () => {
      const deployments = of<V1Deployment>(overlay, 'Deployment');
      assert.equal(deployments.length, overlay === 'private-cluster' ? 1 : 2);
      for (const { spec } of deployments) {
        const [container] = spec?.template.spec?.containers ?? [];
        assert.ok(container);
        const environment = environmentOf(overlay, container);
        const config = readConfig(environment);
        assert.equal(config.temporal.connection.address, environment.TEMPORAL_ADDRESS);
        assert.match(config.agentImage, /squall-agent:/);
        if (environment.SQUALL_POLICY_FILE === undefined) continue;
        const policy = readPolicyFile(environment.SQUALL_POLICY_FILE, { clusters: Object.keys(config.clusters) });
        assert.ok(policy.ok, JSON.stringify(policy));
      }
    });

    it(`${overlay}: every selector finds the pods it is meant for`, () => {
      const labels = of<V1Deployment>(overlay, 'Deployment').map(({ spec }) => spec?.template.metadata?.labels ?? {});
      for (const kind of ['Service', 'PodDisruptionBudget', 'NetworkPolicy']) {
        for (const { metadata, spec } of of<Manifest & { spec: Selecting }>(overlay, kind)) {
          const wanted = matchLabels(spec);
          const found = labels.filter((each) => Object.entries(wanted).every(([name, value]) => each[name] === value));
          assert.equal(found.length, metadata.name === 'squall-default-deny' ? labels.length : 1, `${kind} ${metadata.name}`);
        }
      }
    });
  }

  for (const overlay of ['dev', 'production']) {
    it(`${overlay}: pods are as Pod Security "restricted" has them, which their namespace asks for, with probes and limits`, () => {
      const [namespace] = of<V1Namespace>(overlay, 'Namespace');
      assert.equal(namespace?.metadata?.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
      for (const { metadata, spec } of of<V1Deployment>(overlay, 'Deployment')) {
        const pod = spec?.template.spec;
        const [container] = pod?.containers ?? [];
        const name = metadata?.name;
        assert.equal(pod?.securityContext?.runAsNonRoot, true, name);
        assert.equal(pod?.securityContext?.seccompProfile?.type, 'RuntimeDefault', name);
        const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container?.securityContext ?? {};
        assert.deepEqual([allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities], [false, true, { drop: ['ALL'] }], name);
        assert.ok(container?.startupProbe && container.livenessProbe && container.readinessProbe, name);
        assert.ok(container.resources?.requests?.cpu && container.resources.requests.memory && container.resources.limits?.memory, name);
      }
    });

    it(`${overlay}: nothing gets in or out that is not named, and no rule names everything`, () => {
      const policies = of<V1NetworkPolicy>(overlay, 'NetworkPolicy');
      for (const { spec } of policies) assert.deepEqual(spec?.policyTypes, ['Ingress', 'Egress']);
      const deny = policies.find(({ metadata }) => metadata?.name === 'squall-default-deny');
      assert.deepEqual([deny?.spec?.podSelector, deny?.spec?.ingress, deny?.spec?.egress], [{}, undefined, undefined]);
      for (const { spec } of policies.filter((policy) => policy !== deny)) {
        const ruled = [...(spec?.egress ?? []), ...(spec?.ingress ?? [])];
        assert.ok(ruled.length > 1);
        for (const rule of ruled) assert.notDeepEqual(rule, {});
      }
      const roles = [...of<V1ClusterRole>(overlay, 'ClusterRole'), ...of<V1ClusterRole>(overlay, 'Role')];
      assert.ok(roles.length > 2);
      for (const { metadata, rules = [] } of roles)
        for (const { apiGroups = [], resources = [], verbs } of rules)
          assert.ok(
            ![...apiGroups, ...resources, ...verbs].includes('*'),
            `${metadata?.name}: ${JSON.stringify({ apiGroups, resources, verbs })}`,
          );
    });

    it(`${overlay}: the API has no right in the cluster, and no token`, () => {
      const bindings = [...of<V1ClusterRoleBinding>(overlay, 'ClusterRoleBinding'), ...of<V1ClusterRoleBinding>(overlay, 'RoleBinding')];
      assert.ok(bindings.length > 1);
      for (const { metadata, subjects } of bindings)
        assert.deepEqual(
          subjects?.map(({ name, namespace }) => [name, namespace]),
          [['squall-worker', 'squall']],
          metadata?.name,
        );
      const api = of<V1Deployment>(overlay, 'Deployment').find(({ metadata }) => metadata?.name === 'squall-api');
      assert.equal(api?.spec?.template.spec?.automountServiceAccountToken, false);
    });
  }

  it('production: of two of each, one at a time may go, and they are in zones of their own where they can be', () => {
    const budgets = of<V1PodDisruptionBudget>('production', 'PodDisruptionBudget');
    assert.deepEqual(
      budgets.map(({ metadata, spec }) => [metadata?.name, spec?.maxUnavailable]),
      [
        ['squall-api', 1],
        ['squall-worker', 1],
      ],
    );
    for (const { spec } of of<V1Deployment>('production', 'Deployment')) {
      assert.equal(spec?.strategy?.rollingUpdate?.maxUnavailable, 0);
      const keys = spec?.template.spec?.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);
      assert.deepEqual(keys, ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    }
  });

  it('production: two of each, and no right to any fault before somebody binds one', () => {
    for (const { spec } of of<V1Deployment>('production', 'Deployment')) assert.equal(spec?.replicas, 2);
    const bound = of<V1ClusterRoleBinding>('production', 'ClusterRoleBinding').map(({ roleRef }) => roleRef.name);
    assert.deepEqual(bound.sort(), ['squall-janitor', 'squall-reader']);
    assert.deepEqual(of<Manifest>('production', 'RoleBinding'), []);
  });

  it('private-cluster: nothing but a worker, which serves the cluster it is in', () => {
    const [worker, ...others] = of<V1Deployment>('private-cluster', 'Deployment');
    assert.deepEqual([worker?.metadata?.name, others.length], ['squall-worker', 0]);
    const [container] = worker?.spec?.template.spec?.containers ?? [];
    assert.ok(container);
    const config = readConfig(environmentOf('private-cluster', container));
    assert.deepEqual([config.workerCluster, config.clusters], ['west', { west: { source: {}, ownWorkers: true } }]);
    const names = (built.get('private-cluster') ?? []).map(({ metadata }) => metadata.name);
    assert.deepEqual(
      names.filter((name) => name.startsWith('squall-api')),
      [],
    );
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
