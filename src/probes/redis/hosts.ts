import type { ReachablePod } from '../reach.ts';

/**
 * The pod a host means as redis and Sentinel announce it: by its IP, its name, or a name in DNS that begins
 * with its name, for example `redis-0.redis-headless.default.svc`. Undefined: none of these pods.
 */
export function mapHostToPod<Pod extends Pick<ReachablePod, 'namespace' | 'name' | 'ip'>>(
  host: string,
  pods: readonly Pod[],
): Pod | undefined {
  const byAddress = pods.find((pod) => pod.ip !== '' && pod.ip === host);
  if (byAddress !== undefined) return byAddress;
  const [name, , namespace] = host.toLowerCase().split('.');
  return pods.find((pod) => pod.name === name && (namespace === undefined || namespace === pod.namespace));
}
