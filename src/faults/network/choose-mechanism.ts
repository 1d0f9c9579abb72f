import type { Abilities } from '../carrier/agent-protocol.ts';
import type { Impairment } from './network-request.ts';

export type NetworkMechanism = 'drop' | 'tbf' | 'netem' | 'nfqueue';

/** What was found in one target. */
export interface Found {
  pod: string;
  network: Abilities['network'];
  /** of other faults that hold in the pod, the mechanisms by which they have this interface's way out */
  held: string[];
}

/** Why a mechanism cannot be used, by mechanism; and the one that can, if any, the preferred one first. */
export interface Choice {
  mechanism: NetworkMechanism | undefined;
  refused: { mechanism: NetworkMechanism; why: string }[];
}

const preferred: readonly NetworkMechanism[] = ['drop', 'tbf', 'netem', 'nfqueue'];

/** The first mechanism that can do it on every target: what the kernel does by itself, then what goes through the agent. */
export function chooseMechanism(impairment: Impairment, direction: string, found: Found[]): Choice {
  const refused: Choice['refused'] = [];
  for (const mechanism of preferred) {
    const why = unsuited(mechanism, impairment, direction) ?? lacking(mechanism, found);
    if (why === undefined) return { mechanism, refused };
    refused.push({ mechanism, why });
  }
  return { mechanism: undefined, refused };
}

/** Why it does not do what is asked, wherever it is; undefined: it does. */
function unsuited(mechanism: NetworkMechanism, impairment: Impairment, direction: string): string | undefined {
  const rate = impairment.rateBitsPerSecond !== undefined;
  if (mechanism === 'drop') return impairment.lossPercent === 100 ? undefined : 'it only loses every packet';
  if (mechanism === 'nfqueue') return undefined;
  if (direction !== 'egress') return 'it is only for what leaves';
  if (mechanism === 'tbf') return rate ? undefined : 'it only limits the rate';
  return rate ? 'it is not for rates' : undefined;
}

function lacking(mechanism: NetworkMechanism, found: Found[]): string | undefined {
  const reasons = found.flatMap(({ pod, network, held }) => {
    const { usable, reason } = network[mechanism];
    if (!usable) return [{ pod, reason }];
    if ((mechanism === 'tbf' || mechanism === 'netem') && held.some((other) => other === 'tbf' || other === 'netem'))
      return [{ pod, reason: `another fault has the interface's qdisc, by ${held.join(', ')}; by nfqueue this one adds up with it` }];
    return [];
  });
  if (reasons.length === 0) return undefined;
  const byReason = Map.groupBy(reasons, ({ reason }) => reason);
  return [...byReason].map(([reason, those]) => `${reason} (${those.map(({ pod }) => pod).join(', ')})`).join('; ');
}

/** Why this one, in a sentence: what the better ones lack. Those that do something else altogether are not worth a word. */
export function explain({ refused }: Choice): string {
  const lacking = refused.filter(({ why }) => !why.startsWith('it '));
  const unfit = refused.filter(({ mechanism, why }) => why === 'it is only for what leaves' && mechanism === 'netem');
  const all = [...lacking, ...unfit];
  return all.length === 0 ? 'every target has it' : all.map(({ mechanism, why }) => `${mechanism}: ${why}`).join('. ');
}
