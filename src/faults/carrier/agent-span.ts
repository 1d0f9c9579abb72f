import { tracing } from '../../tracing/tracing.ts';
import type { AgentAnswer } from './agent-protocol.ts';

/**
 * What the agent did, by its own word and its node's clock, as a span of the request to it: until the fault was in effect, or until it
 * had ended. An agent sends no spans itself: a pod under chaos is no place to wait for a collector.
 */
export function recordAgentSpan(op: unknown, askedAt: number, { fault }: Pick<AgentAnswer, 'fault'>): void {
  const asking = tracing()?.current();
  if (fault == null || asking === undefined || asking.isLeaf) return;
  const at = op === 'start' ? fault.startedAt : op === 'stop' ? fault.endedAt : undefined;
  if (!at) return;
  const attributes = {
    'squall.fault.id': fault.id,
    'squall.agent.state': fault.state,
    'squall.agent.mechanism': fault.mechanism ?? undefined,
    'squall.agent.reason': fault.reason || undefined,
  };
  // A request that came again finds what was done before, and clocks of nodes differ a little: no span ends before it began.
  const startedAt = Math.min(askedAt, at);
  tracing()
    ?.start({ name: op === 'start' ? 'agent puts fault into effect' : 'agent ends fault', kind: 'server', attributes, startedAt })
    .end(at);
}
