import type { ProbeContext } from '../probe.ts';
import { RedisGroup } from './group.ts';

export function openGroup({ cluster, namespace, reach, selector }: ProbeContext): RedisGroup {
  return new RedisGroup({ cluster, namespace, reach, listPods: (signal) => cluster.listPods(namespace, selector, signal) });
}
