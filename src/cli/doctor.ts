import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import { objectKeys } from '../contracts/object-keys.ts';
import { errorMessage } from '../error-message.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import { readOptions, readOutput } from './options.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

/** What squall has in a pod, on a node or on an object. */
interface Finding {
  where: string;
  what: string;
  /** `idle`: a warm carrier or an ended one, which changes nothing; `active`: a fault holds; `left`: nobody claims it any more */
  state: 'idle' | 'active' | 'left' | 'unknown';
  detail: string;
}

const answerSchema = z.object({
  faults: z.array(z.object({ id: z.string(), kind: z.string(), state: z.string(), evidence: z.string() }).loose()),
  leftovers: z.array(z.object({ where: z.string() }).loose()).nullish(),
});

/** Kinds of objects faults are written on, or squall makes itself. */
const kinds = [
  { apiVersion: 'v1', kind: 'Node' },
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
];

/** `squall doctor`: what there is of squall's in a cluster, read from the cluster alone. 1 when something is left that nobody undoes. */
export async function doctor(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    output: { type: 'string', default: 'table' },
    context: { type: 'string' },
    namespace: { type: 'string' },
  });
  if (positionals.length > 0) throw new UsageError(`doctor: found ${positionals.join(' ')}, expected options only`);
  const output = readOutput(values.output);
  await using cluster = connectCluster({ name: values.context ?? 'default', context: values.context });
  const findings = [...(await carriers(cluster, values.namespace)), ...(await objects(cluster, values.namespace))];
  process.stdout.write(output === 'json' ? `${JSON.stringify(findings, null, 2)}\n` : told(findings));
  return findings.some(({ state }) => state === 'left') ? 1 : 0;
}

function told(findings: Finding[]): string {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  const summary = `${findings.length} found: ${count('active')} active, ${count('left')} left, ${count('idle')} idle, ${count('unknown')} unknown\n`;
  if (findings.length === 0) return summary;
  return (
    table([['where', 'what', 'state', 'detail'], ...findings.map(({ where, what, state, detail }) => [where, what, state, detail])]) +
    summary
  );
}

async function carriers(cluster: Cluster, namespace: string | undefined): Promise<Finding[]> {
  const pods = await cluster.listObjects({ apiVersion: 'v1', kind: 'Pod', ...(namespace === undefined ? {} : { namespace }) });
  const found = pods.flatMap((pod: V1Pod) =>
    (pod.spec?.ephemeralContainers ?? [])
      .filter(({ name }) => name.startsWith('squall-'))
      .map((container) => ({ pod, name: container.name })),
  );
  return (await Promise.all(found.map(({ pod, name }) => carrier(cluster, pod, name)))).flat();
}

async function carrier(cluster: Cluster, pod: V1Pod, container: string): Promise<Finding[]> {
  const namespace = pod.metadata?.namespace ?? '';
  const name = pod.metadata?.name ?? '';
  const where = `${namespace}/${name}`;
  const status = pod.status?.ephemeralContainerStatuses?.find((entry) => entry.name === container);
  if (status?.state?.running === undefined) {
    return [{ where, what: container, state: 'idle', detail: `ended: ${status?.state?.terminated?.reason ?? 'not started'}` }];
  }
  try {
    const result = await cluster.exec({ namespace, pod: name, container }, ['/squall-agent', 'call', '{"op":"list"}'], {
      timeoutMs: 10_000,
    });
    const { faults, leftovers } = answerSchema.parse(JSON.parse(result.stdout));
    const active = faults.filter(({ state }) => state === 'active');
    const findings: Finding[] = [
      ...active.map(({ id, kind, evidence }): Finding => ({ where, what: `${kind} ${id}`, state: 'active', detail: evidence })),
      ...(leftovers ?? []).map((leftover): Finding => ({ where, what: container, state: 'left', detail: leftover.where })),
    ];
    return findings.length > 0 ? findings : [{ where, what: container, state: 'idle', detail: `warm, ${faults.length} faults ended` }];
  } catch (error) {
    return [{ where, what: container, state: 'unknown', detail: errorMessage(error) }];
  }
}

async function objects(cluster: Cluster, namespace: string | undefined): Promise<Finding[]> {
  const lists = await Promise.all(
    kinds.map(({ apiVersion, kind }) =>
      cluster.listObjects({ apiVersion, kind, ...(namespace === undefined || kind === 'Node' ? {} : { namespace }) }),
    ),
  );
  return lists.flat().flatMap((object) => finding(object) ?? []);
}

function finding({ kind = '', metadata }: KubernetesObject): Finding | undefined {
  const keys = { ...metadata?.labels, ...metadata?.annotations };
  const fault = keys[objectKeys.fault];
  if (fault === undefined) return undefined;
  const where = [metadata?.namespace, `${kind}/${metadata?.name}`].filter((part) => part !== undefined).join('/');
  const expiresAt = Date.parse(keys[objectKeys.expiresAt] ?? '');
  const late = Number.isNaN(expiresAt) ? null : Date.now() - expiresAt;
  if (late !== null && late > 0)
    return { where, what: fault, state: 'left', detail: `its deadline passed ${Math.round(late / 1000)} s ago` };
  return {
    where,
    what: fault,
    state: 'active',
    detail: late === null ? 'no deadline is written' : `until ${new Date(expiresAt).toISOString()}`,
  };
}
