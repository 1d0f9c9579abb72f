import type { HoldLimits } from '../contracts/arbiter.ts';
import type { EgressPolicy } from '../security/egress.ts';

/** What the service allows on a cluster, whatever a campaign says. */
export interface ClusterPolicy {
  /** budgets of all runs together */
  limits: HoldLimits;
  /** namespaces no campaign may act in; `*` stands for any text */
  protectedNamespaces: string[];
  /** names of workloads, pods, nodes and objects no campaign may act on; `*` stands for any text */
  protectedNames: string[];
  /** true: also a campaign that asks for no opt-in acts only on what carries `squall.dev/chaos: "enabled"` */
  requireOptIn: boolean;
  /** whether the last ready pod of a workload may be taken away; `campaign`: where the campaign or an annotation says so */
  lastReady: 'never' | 'campaign' | 'always';
  /** where probes may connect to whose address a document gives; absent: everywhere but to what is always refused */
  egress?: EgressPolicy;
}

/** Namespaces of Kubernetes itself, and squall's own. */
function defaultProtectedNamespaces(ownNamespace: string): string[] {
  return ['kube-system', 'kube-public', 'kube-node-lease', ownNamespace];
}

/** Where no policy file says otherwise. @param ownNamespace squall's own */
export function defaultClusterPolicy(ownNamespace = 'squall'): ClusterPolicy {
  return {
    limits: {},
    protectedNamespaces: defaultProtectedNamespaces(ownNamespace),
    protectedNames: [],
    requireOptIn: false,
    lastReady: 'campaign',
  };
}

/** The first of the patterns that the whole name matches; undefined: none. */
export function matchingPattern(patterns: readonly string[], name: string): string | undefined {
  return patterns.find((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    return new RegExp(`^${parts.join('.*')}$`).test(name);
  });
}
