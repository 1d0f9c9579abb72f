import type { V1Node } from '@kubernetes/client-node';
import { z } from 'zod';
import { AgentError } from '../carrier/agent-protocol.ts';
import { endFields } from '../carrier/end-fields.ts';
import type { FaultContext, FaultDraft, FaultVerbs, Mechanism } from '../verbs.ts';
import type { CarrierPlace } from './carrier-pod.ts';
import { nodeCarriedVerbs } from './node-carried.ts';
import { addressOf, askNodeAgent } from './node-carrier.ts';

const startTimeoutMs = 60_000;
const anyTtlMs = 60_000;
/** The agent is the first process of a container of its own. */
const agentPid = '1';

const lineSchema = z.union([
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ ok: z.literal(true), about: z.string() }),
  z.object({ startedAt: z.number(), about: z.string() }),
]);

/** A load on a node, from a pod there. */
export interface NodeLoad {
  mechanism: Mechanism;
  /** the agent's flags for it: `--kind`, and how much. Throws RefusedError. */
  flags(fault: FaultDraft, node: V1Node): string[];
}

/** The verbs of a load in an ordinary pod of squall's own, of a user without rights. */
export function nodeLoadVerbs(load: NodeLoad): FaultVerbs {
  return nodeCarriedVerbs({
    kind: 'load',
    mechanism: load.mechanism,
    async tryOut(context, draft, node, place) {
      await stress(context, draft, place, [...load.flags(draft, node), '--ttl-ms', String(anyTtlMs), '--dry-run']);
    },
    async start(context, fault, node, place) {
      const { ttlMs, endsBy } = await endFields(fault, () => askNodeAgent(context, place, { op: 'ping' }));
      const ends = ['--ttl-ms', String(ttlMs), '--ends-by', String(endsBy)];
      const line = await stress(context, fault, place, [...load.flags(fault, node), ...ends]);
      if (!('startedAt' in line)) throw new Error(`found ${JSON.stringify(line)}, expected the load to say that it is felt`);
      return { at: line.startedAt, detail: line.about };
    },
  });
}

/** Throws AgentError when the load is refused. */
async function stress(context: FaultContext, fault: FaultDraft, place: CarrierPlace, flags: string[]) {
  const argv = ['/squall-agent', 'stress', '--id', fault.id, ...flags, '--agent-pid', agentPid];
  const text = await context.cluster.execFirstLine(addressOf(place), argv, { timeoutMs: startTimeoutMs, signal: context.signal });
  const line = lineSchema.parse(JSON.parse(text));
  if ('ok' in line && !line.ok) throw new AgentError(line.error.code, line.error.message);
  return line;
}
