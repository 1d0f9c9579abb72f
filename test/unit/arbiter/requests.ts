import type { HoldRequest, HoldScope } from '../../../src/contracts/arbiter.ts';

/** A scope that is of nothing but what `changes` say. */
export function scope(changes: Partial<HoldScope> = {}): HoldScope {
  return {
    namespace: 'shop',
    workload: null,
    pods: [],
    podNodes: [],
    nodes: [],
    objects: [],
    peak: { pods: 0, of: 0, zones: {} },
    budgets: [],
    ...changes,
  };
}

/** A request for a workload of its name, `shop/StatefulSet/NAME`. */
export function request(runId: string, workload: string, changes: Partial<HoldRequest> = {}): HoldRequest {
  return {
    runId,
    campaign: `campaign of ${runId}`,
    scope: scope({ workload: `shop/StatefulSet/${workload}` }),
    limits: {},
    overlap: 'refuse',
    queueTimeoutMs: 60_000,
    ...changes,
  };
}
