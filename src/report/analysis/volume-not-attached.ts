import { eventLine } from './evidence-line.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

const reasons = new Set(['FailedAttachVolume', 'FailedMount', 'FailedDetachVolume']);

/** A volume that is still attached elsewhere keeps its pod waiting where it is now. */
export const volumeNotAttached: Rule = {
  name: 'volume-not-attached',
  looksAt: 'events with the reasons FailedAttachVolume, FailedMount and FailedDetachVolume, and on which nodes the pods were and are',
  finds: 'A pod waited for its volume, mostly since that was still attached to the node it had been on.',
  fix: 'What lets go of the volume.',
  conclude({ evidence, experiment, plan }) {
    const record = evidence.clusterRecord;
    if (record === undefined || record.gaps.some((gap) => gap.startsWith('events:'))) return nothing;
    const events = record.events.filter(({ kind, reason }) => kind === 'Pod' && reasons.has(reason));
    if (events.length === 0) return (record.workload?.claims.length ?? 0) === 0 ? nothing : ruledOut('no pod waited for its volume');
    const byPod = Map.groupBy(events, ({ name }) => name);
    return found(
      ...[...byPod].map(([name, ofPod]) => {
        const before = plan.inventory.pods.find((pod) => pod.name === name)?.node;
        const now = record.pods.find((pod) => pod.name === name)?.node;
        const moved = before !== undefined && now != null && before !== now;
        return {
          rule: 'volume-not-attached',
          severity: 'critical' as const,
          title: `${experiment.name}: ${name} waited for its volume${moved ? `, which had been on ${before} and is needed on ${now}` : ''}`,
          evidence: [
            ...ofPod.map(eventLine),
            ...(moved ? [`${record.to} status of pod/${name}: on ${now}; when the plan was made it was on ${before}`] : []),
          ],
          fix: moved
            ? `A volume that only one node may have is let go when its pod is proven gone from there. Of a node that is down for good:\nkubectl taint nodes ${before} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`
            : 'See whether its storage driver runs on that node, and which node has the volume: kubectl get volumeattachments',
        };
      }),
    );
  },
};
