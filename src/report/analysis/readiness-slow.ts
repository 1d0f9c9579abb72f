import type { ClusterRecord, PodFacts, ProbeFacts } from '../../contracts/cluster-record.ts';
import type { Finding } from '../../contracts/report.ts';
import { formatDuration } from '../format.ts';
import { specLine } from './evidence-line.ts';
import { fixByPatch, templatePatch } from './patch.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** What a probe may hold up before it is worth a word. */
const worthMs = 10_000;

interface Wait {
  pod: PodFacts;
  container: string;
  probe: ProbeFacts;
  startedAt: string;
  /** null: it was not Ready when waiting ended */
  readyAt: string | null;
  /** until its probe is asked and may answer for the first time */
  delayMs: number;
}

/** A pod that is up and not yet asked: it serves nobody until its probe's first turn. */
export const readinessSlow: Rule = {
  name: 'readiness-slow',
  looksAt:
    'when the containers of new pods started, when the pods became Ready, and the initialDelaySeconds and periodSeconds of their readiness probes',
  finds: `A pod that came back was Ready only after its probe's initial delay or period was over, ${formatDuration(worthMs)} or more.`,
  fix: 'A patch of the workload by which the probe asks at once, and every 2 s.',
  conclude({ evidence, experiment }) {
    const record = evidence.clusterRecord;
    if (record?.workload == null || evidence.injected === null) return nothing;
    const since = new Date(evidence.injected.injectedAt).toISOString();
    const waits = record.pods.flatMap((pod) => waitsOf(record, pod, since));
    const slow = waits.filter(({ startedAt, readyAt, delayMs }) => {
      const waitedMs = Date.parse(readyAt ?? record.to) - Date.parse(startedAt);
      return delayMs >= worthMs && (readyAt === null ? waitedMs < delayMs + 2_000 : waitedMs >= delayMs - 2_000);
    });
    if (slow.length === 0) return waits.length === 0 ? nothing : ruledOut('no readiness probe held a new pod up by its delay');
    const byContainer = Map.groupBy(slow, ({ container }) => container);
    return found(...[...byContainer].map(([container, held]) => describe(experiment.name, record, container, held)));
  },
};

function waitsOf(record: ClusterRecord, pod: PodFacts, since: string): Wait[] {
  const ready = pod.conditions.find(({ type }) => type === 'Ready');
  return pod.containers.flatMap(({ name, startedAt }) => {
    const probe = record.workload?.containers.find((container) => container.name === name)?.readiness;
    // Times of a status are whole seconds.
    if (probe == null || startedAt === null || startedAt < since.slice(0, 19)) return [];
    const readyAt = ready?.status === 'True' ? ready.at : null;
    const delayMs = (probe.initialDelaySeconds + probe.periodSeconds * (probe.successThreshold - 1)) * 1000;
    return [{ pod, container: name, probe, startedAt, readyAt, delayMs: Math.max(delayMs, probe.initialDelaySeconds === 0 ? 0 : delayMs) }];
  });
}

function describe(experiment: string, record: ClusterRecord, container: string, held: Wait[]): Finding {
  const [first] = held;
  const probe = first?.probe;
  const patch = templatePatch(record, {
    containers: [{ name: container, readinessProbe: { initialDelaySeconds: 0, periodSeconds: 2, successThreshold: 1 } }],
  });
  const words = 'A readiness probe that fails early does no harm: it may ask at once.';
  return {
    rule: 'readiness-slow',
    severity: 'warning',
    title: `${experiment}: the readiness probe of container ${container} holds each new pod up for ${formatDuration(first?.delayMs ?? 0)}`,
    evidence: [
      ...held.map(({ pod, startedAt, readyAt }) =>
        readyAt === null
          ? `${startedAt} status of pod/${pod.name}: container ${container} started, and the pod was not Ready at ${record.to}`
          : `${readyAt} status of pod/${pod.name}: Ready, ${formatDuration(Date.parse(readyAt) - Date.parse(startedAt))} after container ${container} started at ${startedAt}`,
      ),
      specLine(
        record,
        `readinessProbe of container ${container}: initialDelaySeconds ${probe?.initialDelaySeconds}, periodSeconds ${probe?.periodSeconds}, successThreshold ${probe?.successThreshold}`,
      ),
    ],
    ...(patch === undefined ? { fix: words } : fixByPatch(words, patch)),
  };
}
