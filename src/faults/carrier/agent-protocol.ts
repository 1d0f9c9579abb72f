import { z } from 'zod';

/** The protocol number this code speaks; an agent of another protocol is not used. */
export const agentProtocol = 3;

const ability = z.object({ usable: z.boolean(), reason: z.string() });

/** What an agent can do where it runs, found by trying. */
export const abilitiesSchema = z.object({
  protocol: z.number(),
  /** in the PID namespace it shares */
  pid: z.number(),
  uid: z.number(),
  /** owner of the target's main process; absent in a carrier of its own PID namespace */
  targetUid: z.number().nullish(),
  targetGid: z.number().nullish(),
  interfaces: z.array(z.string()),
  network: z.object({ netem: ability, tbf: ability, nfqueue: ability, drop: ability, redirect: ability, 'redirect-dns': ability }),
  /** whether the target's processes can be frozen and killed */
  trace: ability,
  leftovers: z.array(z.unknown()).nullish(),
});
export type Abilities = z.infer<typeof abilitiesSchema>;

/** A fault as its agent holds it. Times in ms since the epoch by the node's clock, 0 when not known. */
export const agentFaultSchema = z.object({
  id: z.string(),
  kind: z.string().nullish(),
  state: z.enum(['active', 'ended', 'unknown']),
  mechanism: z.string().nullish(),
  startedAt: z.number().nullish(),
  endsAt: z.number().nullish(),
  endedAt: z.number().nullish(),
  reason: z.enum(['stop', 'deadline', 'sigterm', 'lost', 'oom-killed', '']).nullish(),
  /** read back at the time of asking, never remembered */
  inEffect: z.boolean(),
  evidence: z.string(),
});
export type AgentFault = z.infer<typeof agentFaultSchema>;

const agentErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
});

/** The one line an agent answers a call with. */
export const agentAnswerSchema = z
  .object({
    ok: z.boolean(),
    error: agentErrorSchema.nullish(),
    fault: agentFaultSchema.nullish(),
  })
  .loose();
export type AgentAnswer = z.infer<typeof agentAnswerSchema>;

/** An agent refused, in its own words. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  /** `conflict`, `ended`, `late`, `invalid`, `unsupported` … */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
