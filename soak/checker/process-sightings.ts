import type { PodSeen } from './pods.ts';
import type { ProcessSeen } from './processes.ts';
import type { Sighting } from './sighting.ts';

/** What squall's agent does that is no fault: it waits, and is asked. */
const harmless = ['serve', 'call', 'session', 'version'];

/**
 * Processes that are stopped or traced, and processes of squall's agent where none belongs.
 * @param nodeNetworks names of nodes by their network namespaces
 * @param stopped processes that were stopped by somebody else, on purpose
 */
export function processSightings(
  processes: readonly ProcessSeen[],
  pods: readonly PodSeen[],
  nodeNetworks: ReadonlyMap<string, string>,
  stopped: ReadonlySet<number>,
): Sighting[] {
  const found: Sighting[] = [];
  for (const process of processes) {
    const pod = pods.find(({ uid }) => uid === process.podUid);
    const node = nodeNetworks.get(process.network);
    const owner = pod?.namespace ?? (process.podUid === null ? node : undefined);
    if (owner === undefined) continue;
    const place = `${pod?.name ?? node} ${process.command}`;
    if ('Tt'.includes(process.state) && !stopped.has(process.pid)) {
      found.push({ kind: 'stopped', owner, place, detail: `process ${process.pid} is in state ${process.state}` });
    } else if (process.tracer !== 0) {
      found.push({ kind: 'stopped', owner, place, detail: `process ${process.pid} is traced by ${process.tracer}` });
    }
    if (pod !== undefined && isStray(process, pod)) {
      const where = pod.containers.get(process.containerId ?? '') ?? 'a container unknown';
      found.push({ kind: 'process', owner, place, detail: `process ${process.pid} in ${where}: ${process.args.join(' ').slice(0, 200)}` });
    }
  }
  return found;
}

/** In a container of the pod's own an agent has no business at all. */
function isStray({ program, args, containerId }: ProcessSeen, pod: PodSeen): boolean {
  if (!/(^|\/)squall-agent( \(deleted\))?$/.test(program)) return false;
  return !harmless.includes(args[1] ?? '') || (pod.containers.has(containerId ?? '') && args[1] !== 'version');
}
