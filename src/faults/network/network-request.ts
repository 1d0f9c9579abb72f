import type { Parameters } from '../../contracts/campaign.ts';
import type { PodTarget } from '../../contracts/plan.ts';
import { readParameter } from '../read-parameter.ts';
import type { FaultContext } from '../verbs.ts';
import { listed } from './filter-parameters.ts';

/** What is done to packets, as the agent has it (`agent/README.md`). Absent: not done. */
export interface Impairment {
  delayMs?: number;
  jitterMs?: number;
  sharePercent?: number;
  lossPercent?: number;
  duplicatePercent?: number;
  corruptPercent?: number;
  reorderPercent?: number;
  reorderGap?: number;
  rateBitsPerSecond?: number;
  burstBytes?: number;
  queueBytes?: number;
  correlationPercent?: number;
}

/** The fields of the agent's request that say which packets are meant. Throws when `peers` finds no pod. */
export async function filterFields(
  context: FaultContext,
  parameters: Parameters,
  target: Pick<PodTarget, 'namespace' | 'uid'>,
): Promise<Record<string, unknown>> {
  const peers = parameters.peers === undefined ? [] : await peerAddresses(context, target, readParameter(parameters, 'peers', 'string'));
  const lists = { hosts: listed(parameters, 'hosts'), cidrs: [...new Set([...listed(parameters, 'cidrs'), ...peers])] };
  for (const name of ['ports', 'localPorts', 'exceptCidrs', 'exceptPorts']) Object.assign(lists, { [name]: listed(parameters, name) });
  return {
    interface: readParameter(parameters, 'interface', 'string'),
    direction: readParameter(parameters, 'direction', 'string'),
    protocol: readParameter(parameters, 'protocol', 'string'),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
  };
}

/** The addresses of the pods with these labels, but the target's own. Throws when there is none. */
export async function peerAddresses(
  context: FaultContext,
  target: Pick<PodTarget, 'namespace' | 'uid'>,
  selector: string,
): Promise<string[]> {
  const pods = await context.cluster.listPods(target.namespace, selector, context.signal);
  const others = pods.filter((pod) => pod.metadata?.uid !== target.uid && pod.status?.phase === 'Running');
  const addresses = others.flatMap((pod) => pod.status?.podIPs?.flatMap(({ ip }) => ip ?? []) ?? []);
  if (addresses.length === 0) throw new Error(`peers ${selector}: no other running pod of namespace ${target.namespace} has these labels`);
  return addresses;
}

/** Which packets are meant, in words. */
export function describeFilter(parameters: Parameters): string {
  const words: string[] = [];
  const remote = [...listed(parameters, 'hosts'), ...listed(parameters, 'cidrs')];
  if (parameters.peers !== undefined) remote.push(`pods ${String(parameters.peers)}`);
  const add = (word: string, items: string[]) => items.length > 0 && words.push(`${word} ${items.join(', ')}`);
  if (parameters.protocol !== 'any') words.push(`by ${String(parameters.protocol)}`);
  add('with', remote);
  add('at port', listed(parameters, 'ports'));
  add('from or to its own port', listed(parameters, 'localPorts'));
  add('but not with', listed(parameters, 'exceptCidrs'));
  add('but not at port', listed(parameters, 'exceptPorts'));
  return words.length === 0 ? '' : ` ${words.join(' ')}`;
}

/** Where they go, in words: `leaving redis-0 by eth0 at port 6379`. */
export function describeWay(parameters: Parameters, targets: string[]): string {
  const way = { egress: 'leaving', ingress: 'coming in to', both: 'leaving or coming in to' }[String(parameters.direction)] ?? '';
  return `${way} ${targets.join(', ')} by ${String(parameters.interface)}${describeFilter(parameters)}`;
}

/** What a fault alone may do: this, on this interface, that way. Two of a kind are refused even where their filters are apart. */
export function exclusiveNetwork(kind: string): (parameters: Parameters) => string[] {
  return ({ interface: device, direction }) => {
    const ways = direction === 'both' ? ['egress', 'ingress'] : [String(direction)];
    return ways.map((way) => `network-${kind}:${String(device)}:${way}`);
  };
}
