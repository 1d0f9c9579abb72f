import type { Parameters } from '../../contracts/campaign.ts';
import type { ClusterEvent, ClusterRecord } from '../../contracts/cluster-record.ts';
import type { Finding } from '../../contracts/report.ts';
import { eventLine, specLine } from './evidence-line.ts';
import { fixByPatch, templatePatch } from './patch.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** A liveness probe that takes slow for dead makes an outage of a delay. */
export const killedByLiveness: Rule = {
  name: 'killed-by-liveness',
  looksAt: "events of the kubelet's about liveness probes, and the probes' specification",
  finds: 'The kubelet killed a container whose liveness probe failed, during the experiment.',
  fix: 'A patch of the workload by which the probe waits longer, and fails more often before the container is killed.',
  conclude({ evidence, experiment }) {
    const record = evidence.clusterRecord;
    if (record === undefined) return nothing;
    const kills = record.events.filter(({ reason, message }) => reason === 'Killing' && message.includes('failed liveness probe'));
    if (kills.length === 0)
      return record.gaps.some((gap) => gap.startsWith('events:')) ? nothing : ruledOut('no liveness probe had a container killed');
    const pods = new Set(kills.map(({ name }) => name));
    return found(
      ...[...pods].map((pod): Finding => {
        const ofPod = kills.filter(({ name }) => name === pod);
        const container = containerOf(ofPod);
        return {
          rule: 'killed-by-liveness',
          severity: 'critical',
          title: `${experiment.name}: container ${container ?? ''} of ${pod} was killed by its liveness probe`,
          evidence: [
            ...record.events
              .filter(({ name, reason, message }) => name === pod && reason === 'Unhealthy' && message.startsWith('Liveness'))
              .map(eventLine),
            ...ofPod.map(eventLine),
            ...describeProbe(record, container),
          ],
          ...fix(record, container, experiment.parameters),
        };
      }),
    );
  },
};

/** `Container main failed liveness probe, will be restarted` */
function containerOf(kills: ClusterEvent[]): string | undefined {
  return kills[0]?.message.match(/^Container (\S+) failed/)?.[1];
}

function livenessOf({ workload }: ClusterRecord, container: string | undefined) {
  return workload?.containers.find(({ name }) => name === container)?.liveness ?? undefined;
}

function describeProbe(record: ClusterRecord, container: string | undefined): string[] {
  const probe = livenessOf(record, container);
  if (probe === undefined) return [];
  const { how, timeoutSeconds, periodSeconds, failureThreshold } = probe;
  return [
    specLine(
      record,
      `livenessProbe of container ${container}: ${how}, timeoutSeconds ${timeoutSeconds}, periodSeconds ${periodSeconds}, failureThreshold ${failureThreshold}`,
    ),
  ];
}

function fix(record: ClusterRecord, container: string | undefined, { latencyMs }: Parameters): Pick<Finding, 'fix' | 'patch'> {
  const probe = livenessOf(record, container);
  const advice = 'A liveness probe is for what only a restart helps; slowness is for the readiness probe';
  // A round trip and a connection before it are both delayed.
  const felt = typeof latencyMs === 'number' ? Math.ceil((latencyMs * 2) / 1000) + 1 : 0;
  const patch =
    probe &&
    templatePatch(record, {
      containers: [
        {
          name: container,
          livenessProbe: {
            timeoutSeconds: Math.max(5, felt, probe.timeoutSeconds * 2),
            failureThreshold: Math.max(6, probe.failureThreshold * 2),
          },
        },
      ],
    });
  return patch === undefined ? { fix: `${advice}.` } : fixByPatch(`${advice}. Give it more time:`, patch);
}
