import { z } from 'zod';
import type { FaultInstance } from '../../contracts/plan.ts';
import type { AgentAnswer } from './agent-protocol.ts';
import { timeToLive } from './carried-fault.ts';

const pingSchema = z.object({ now: z.number() });

/**
 * When a fault ends, as its agent is told: `ttlMs`, and `endsBy` by the clock of the agent's machine. A request that is held up
 * on its way would bring `ttlMs` with it and hold the fault as much past its deadline; `endsBy` it cannot move.
 *
 * @throws Error past the deadline; as `ping`
 */
export async function endFields(fault: FaultInstance, ping: () => Promise<AgentAnswer>): Promise<{ ttlMs: number; endsBy: number }> {
  const { now } = pingSchema.parse(await ping());
  // Measured after that clock was read, so that the way of the answer makes the fault shorter, never longer.
  const ttlMs = timeToLive(fault);
  return { ttlMs, endsBy: now + ttlMs };
}
