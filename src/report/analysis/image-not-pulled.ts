import { eventLine } from './evidence-line.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

const waits = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'RegistryUnavailable']);

/** A pod that came back needs its image anew, and its node may be another. */
export const imageNotPulled: Rule = {
  name: 'image-not-pulled',
  looksAt: "the pods' container statuses, and events about images",
  finds: 'A container does not start, since its image cannot be pulled.',
  fix: 'Where to correct the image or its credentials.',
  conclude({ evidence, experiment }) {
    const record = evidence.clusterRecord;
    if (record === undefined || record.pods.length === 0) return nothing;
    const stuck = record.pods.flatMap((pod) =>
      pod.containers.flatMap((container) =>
        container.waiting !== null && waits.has(container.waiting.reason) ? [{ pod, container, waiting: container.waiting }] : [],
      ),
    );
    if (stuck.length === 0) return ruledOut('every image was there or could be pulled');
    return found(
      ...stuck.map(({ pod, container, waiting }) => ({
        rule: 'image-not-pulled',
        severity: 'critical' as const,
        title: `${experiment.name}: container ${container.name} of ${pod.name} does not start: its image cannot be pulled`,
        evidence: [
          `${record.to} status of pod/${pod.name}: container ${container.name} waits, ${waiting.reason}: ${waiting.message}`,
          ...record.events
            .filter(({ name, type, reason }) => name === pod.name && type === 'Warning' && reason === 'Failed')
            .map(eventLine),
        ],
        fix: `Correct the image of container ${container.name}${record.workload === null ? '' : ` in ${record.workload.kind.toLowerCase()}/${record.workload.name}`}, or give its ServiceAccount an imagePullSecret. Pods that run go on only until they are replaced.`,
      })),
    );
  },
};
