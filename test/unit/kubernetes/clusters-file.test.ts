import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, clusterSettings, readConfig } from '../../../src/config.ts';
import { parseClusters } from '../../../src/kubernetes/clusters-file.ts';

const whole = `clusters:
  east: { context: kind-east }
  west:
    kubeconfig: /etc/squall/clusters/west/kubeconfig
    context: prod-west
    prometheusUrl: http://prometheus.west:9090/
    agentImage: registry.west/squall-agent:1
    reach: port-forward
  here: { inCluster: true }
  private: { workers: own, reach: direct }
`;

function problems(text: string): string[] {
  const read = parseClusters(text, 'clusters.yaml');
  return read.ok ? [] : read.problems.map(({ place, found, expected }) => `${place}: ${found}; ${expected}`);
}

describe('a file of clusters', () => {
  it('names each by one way to it, and what is different there', () => {
    const read = parseClusters(whole, 'clusters.yaml');
    assert.deepEqual(read, {
      ok: true,
      clusters: {
        east: { source: { context: 'kind-east' } },
        west: {
          source: { kubeconfig: '/etc/squall/clusters/west/kubeconfig', context: 'prod-west' },
          prometheusUrl: 'http://prometheus.west:9090',
          agentImage: 'registry.west/squall-agent:1',
          reach: 'port-forward',
        },
        here: { source: { inCluster: true } },
        private: { source: null, ownWorkers: true, reach: 'direct' },
      },
    });
  });

  for (const [title, text, expected] of [
    [
      'an unknown key',
      'clusters:\n  a: { context: a, contxt: b }',
      /^clusters.yaml:2:20 clusters.a.contxt: the unknown key "contxt"; .*context/,
    ],
    ['no way', 'clusters:\n  a: { reach: direct }', /^clusters.yaml:2:6 clusters.a: no way to the cluster; context/],
    ['two ways', 'clusters:\n  a: { inCluster: true, context: b }', /^clusters.yaml:2:\d+ clusters.a.inCluster: inCluster beside/],
    ['a path that depends on where it is read', 'clusters: { a: { kubeconfig: k } }', /clusters.a.kubeconfig: "k"; the absolute path/],
    ['a name in upper case', 'clusters: { A: { context: b } }', /clusters.A: the name "A"; a name of lower case letters/],
    ['no clusters', 'clusters: {}', /clusters: an empty mapping; a mapping of clusters by their names/],
  ] as const) {
    it(`says what is wrong with ${title}, at its line`, () => {
      const found = problems(text);
      assert.match(found[0] ?? '', expected);
      assert.equal(found.length, 1, found.join('\n'));
    });
  }

  describe('that the environment names', () => {
    let folder = '';
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'squall-clusters-'));
    });
    after(() => rmSync(folder, { recursive: true }));

    function configOf(text: string, more: NodeJS.ProcessEnv = {}) {
      const path = join(folder, 'clusters.yaml');
      writeFileSync(path, text);
      return readConfig({ HOME: folder, SQUALL_CLUSTERS_FILE: path, ...more });
    }

    it('configures each cluster, its own settings before those of all', () => {
      const config = configOf(whole, { SQUALL_PROMETHEUS_URL: 'http://all:9090', SQUALL_REACH: 'direct' });
      assert.deepEqual(Object.keys(config.clusters), ['east', 'west', 'here', 'private']);
      assert.equal(config.clustersConfigured, true);
      const { prometheusUrl, reach } = clusterSettings(config, 'east');
      assert.deepEqual([prometheusUrl, reach], ['http://all:9090', 'direct']);
      assert.deepEqual(clusterSettings(config, 'west'), {
        agentImage: 'registry.west/squall-agent:1',
        reach: 'port-forward',
        prometheusUrl: 'http://prometheus.west:9090',
      });
    });

    it("configures a cluster's own worker with that cluster alone, which it finds as kubectl would", () => {
      const config = configOf(whole, { SQUALL_WORKER_CLUSTER: 'private' });
      assert.deepEqual(config.clusters, { private: { source: {}, ownWorkers: true, reach: 'direct' } });
      assert.deepEqual(readConfig({ HOME: folder, SQUALL_WORKER_CLUSTER: 'far' }).clusters, { far: { source: {}, ownWorkers: true } });
      for (const cluster of ['west', 'absent'])
        assert.throws(
          () => configOf(whole, { SQUALL_WORKER_CLUSTER: cluster }),
          /SQUALL_WORKER_CLUSTER: found "\w+", expected a cluster that SQUALL_CLUSTERS_FILE has with workers: own \(private\)/,
        );
    });

    it('is a mistake of the configuration when it has one, or when SQUALL_CLUSTERS is set, too', () => {
      assert.throws(() => configOf('clusters: [a]'), ConfigError);
      assert.throws(() => configOf(whole, { SQUALL_CLUSTERS: 'a=b' }), /only one of SQUALL_CLUSTERS and SQUALL_CLUSTERS_FILE/);
    });
  });
});
