import assert from 'node:assert/strict';
import { type DiscoveredPod, targetOf } from '../../../lab/discovery.ts';

function pod(
  annotations: Record<string, string>,
  status: DiscoveredPod['status'] = { podIP: '10.88.65.2', phase: 'Running' },
): DiscoveredPod {
  return {
    metadata: { name: 'redis-0', namespace: 'shop', uid: 'u', resourceVersion: '1', annotations },
    spec: {
      nodeName: 'node-1',
      containers: [
        { name: 'redis', ports: [{ containerPort: 6379 }] },
        { name: 'exporter', ports: [{ containerPort: 9121 }] },
      ],
    },
    status,
  };
}

describe('discovery of what Prometheus scrapes', () => {
  it('takes the annotated port and path, and labels by the container that declares the port', () => {
    assert.deepEqual(targetOf(pod({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9121', 'prometheus.io/path': '/scrape' })), {
      targets: ['10.88.65.2:9121'],
      labels: { __metrics_path__: '/scrape', namespace: 'shop', pod: 'redis-0', container: 'exporter', node: 'node-1' },
    });
  });

  it('takes the first declared port and /metrics without them', () => {
    const target = targetOf(pod({ 'prometheus.io/scrape': 'true' }));
    assert.deepEqual(
      [target?.targets, target?.labels.__metrics_path__, target?.labels.container],
      [['10.88.65.2:6379'], '/metrics', 'redis'],
    );
  });

  it('leaves out what is not annotated, has no address, or is over', () => {
    const annotations = { 'prometheus.io/scrape': 'true' };
    assert.equal(targetOf(pod({})), undefined);
    assert.equal(targetOf(pod({ 'prometheus.io/scrape': 'false' })), undefined);
    assert.equal(targetOf(pod(annotations, { phase: 'Pending' })), undefined);
    assert.equal(targetOf(pod(annotations, { podIP: '10.88.65.2', phase: 'Succeeded' })), undefined);
  });
});
