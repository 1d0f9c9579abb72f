import type { ReachablePod } from '../reach.ts';

/**
 * The pod a host means as redis and Sentinel announce it: by its IP, its name, or a name in DNS that begins with its
 * name: its own, for example `redis-0.redis-headless.default.svc`, or that of a Service just for it,
 * `redis-0.default.svc`. Undefined: none of these pods.
 */
export function mapHostToPod<Pod extends Pick<ReachablePod, 'namespace' | 'name' | 'ip'>>(
  host: string,
  pods: readonly Pod[],
): Pod | undefined {
  const byAddress = pods.find((pod) => pod.ip !== '' && pod.ip === host);
  if (byAddress !== undefined) return byAddress;
  const [name, ...domain] = host.toLowerCase().split('.');
  return pods.find((pod) => pod.name === name && isWithin(domain, pod.namespace));
}

/** `svc` comes right after the namespace; a domain too short to name one is of the namespace it is used in. */
function isWithin(domain: string[], namespace: string): boolean {
  const svc = domain.indexOf('svc');
  if (svc > 0) return domain[svc - 1] === namespace;
  return domain.length < 2 || domain[1] === namespace;
}
