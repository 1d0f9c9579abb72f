import assert from 'node:assert/strict';
import { readEvents } from '../../../../src/activities/cluster-record/events.ts';
import type { Cluster, ListQuery } from '../../../../src/kubernetes/cluster.ts';

const since = Date.parse('2026-01-02T12:00:00Z');

function event(kind: string, name: string, at: string, more: object = {}): object {
  return {
    metadata: { name: `${name}.1` },
    involvedObject: { kind, name, namespace: 'shop' },
    reason: 'Killing',
    message: 'Stopping',
    lastTimestamp: new Date(at),
    ...more,
  };
}

async function read(...items: object[]) {
  const listObjects = async ({ keep = () => true }: ListQuery) => items.filter((item) => keep(item as never));
  const cluster = { name: 'east', listObjects } as unknown as Cluster;
  const scope = { namespace: 'shop', since, names: new Set(['sentinel-0']), workload: 'redis' };
  return readEvents(cluster, scope, new AbortController().signal);
}

describe('events of a workload', () => {
  it("are those of its pods, claims, owners and Sentinels since then, and of nobody else's", async () => {
    const later = '2026-01-02T12:00:05Z';
    const events = await read(
      event('Pod', 'redis-0', later),
      event('Pod', 'sentinel-0', later),
      event('StatefulSet', 'redis', later),
      event('PersistentVolumeClaim', 'data-redis-0', later),
      event('Pod', 'redisearch-0', later),
      event('Pod', 'cart-0', later),
      event('Pod', 'redis-1', '2026-01-02T11:59:59Z'),
    );
    assert.deepEqual(
      events.map(({ name }) => name),
      ['redis-0', 'sentinel-0', 'redis', 'data-redis-0'],
    );
  });

  it('are told with when they were first and last, and how often, however Kubernetes counts them', async () => {
    const series = { count: 4, lastObservedTime: new Date('2026-01-02T12:00:09Z') };
    const [counted, plain] = await read(
      event('Pod', 'redis-0', '2026-01-02T12:00:01Z', { lastTimestamp: undefined, eventTime: new Date('2026-01-02T12:00:02Z'), series }),
      event('Pod', 'redis-1', '2026-01-02T12:00:10Z', { count: 2, firstTimestamp: new Date('2026-01-02T11:00:00Z'), type: 'Warning' }),
    );
    assert.deepEqual(
      [counted?.firstAt, counted?.at, counted?.count, counted?.type],
      ['2026-01-02T12:00:02.000Z', '2026-01-02T12:00:09.000Z', 4, 'Normal'],
    );
    assert.deepEqual(
      [plain?.firstAt, plain?.at, plain?.count, plain?.type],
      ['2026-01-02T11:00:00.000Z', '2026-01-02T12:00:10.000Z', 2, 'Warning'],
    );
  });
});
