import type { V1Node } from '@kubernetes/client-node';
import { mergePermissions } from '../../campaign/permissions.ts';
import type { Permission } from '../../contracts/plan.ts';
import { faultDeclarations } from '../../faults/declarations.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { isReady } from '../../kubernetes/is-ready.ts';
import { plural } from '../../report/format.ts';
import { rootMessage } from '../../root-message.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** Ephemeral containers are stable since. */
const oldestKubelet = [1, 25] as const;

/** Whether it answers, and its nodes are Ready. */
export async function checkAnswer(cluster: Cluster): Promise<Check> {
  const subject = `cluster ${cluster.name}`;
  try {
    const nodes = await cluster.listNodes();
    const unready = nodes.filter((node) => !isReady(node)).map(nameOf);
    if (unready.length === 0) return ok('clusters', subject, `it answers; ${plural(nodes.length, 'node')}, all Ready`);
    return warning('clusters', subject, `not Ready: ${unready.join(', ')}`, 'kubectl describe node NAME says why; no fault is done there');
  } catch (error) {
    const mend = 'see that kubectl get nodes works with the same KUBECONFIG and context; SQUALL_CLUSTERS names contexts by cluster';
    return failed('clusters', subject, rootMessage(error), mend);
  }
}

/** Which faults the rights suffice for. `namespace` '' means all of them. */
export async function checkRights(cluster: Cluster, namespace: string): Promise<Check> {
  const subject = `cluster ${cluster.name}, ${namespace === '' ? 'all namespaces' : `namespace ${namespace}`}`;
  const all = mergePermissions(faultDeclarations.flatMap(({ permissions }) => permissions));
  const missing = await cluster.missingPermissions(namespace, all);
  const lacks = (needed: readonly Permission[]) =>
    missing.filter((one) => needed.some((other) => keyOf(other) === keyOf(one) && other.verbs.some((verb) => one.verbs.includes(verb))));
  const short = faultDeclarations.filter(({ permissions }) => lacks(permissions).length > 0);
  if (short.length === 0) return ok('rights', subject, `they suffice for all ${faultDeclarations.length} faults`);
  const seen = `they do not suffice for ${short.length} of ${faultDeclarations.length} faults: ${short
    .map(({ name, permissions }) => `${name} (${lacks(permissions).map(keyOf).join(', ')})`)
    .join('; ')}`;
  return warning(
    'rights',
    subject,
    seen,
    'give those you want: squall plan CAMPAIGN lists the rights of a campaign, squall faults NAME those of a fault',
  );
}

/** What the nodes run, as far as a cluster tells it. */
export async function checkKernels(cluster: Cluster): Promise<Check[]> {
  const subject = `cluster ${cluster.name}`;
  const nodes = await cluster.listNodes();
  const kernels = Map.groupBy(nodes, ({ status }) => status?.nodeInfo?.kernelVersion ?? 'unknown');
  const seen = [...kernels].map(([version, of]) => `${plural(of.length, 'node')} with ${version}`).join(', ');
  const foreign = nodes.filter(({ status }) => status?.nodeInfo?.operatingSystem !== 'linux').map(nameOf);
  const old = nodes.filter((node) => isOlder(node.status?.nodeInfo?.kubeletVersion, oldestKubelet)).map(nameOf);
  const checks: Check[] = [];
  if (foreign.length > 0)
    checks.push(
      warning('kernels', subject, `not Linux: ${foreign.join(', ')}`, 'choose targets elsewhere: no fault of a pod or a node works there'),
    );
  if (old.length > 0) {
    const mend = `faults inside pods need Kubernetes ${oldestKubelet.join('.')} or newer, for its ephemeral containers`;
    checks.push(failed('kernels', subject, `an older kubelet: ${old.join(', ')}`, mend));
  }
  for (const { version, faults } of neededKernels()) {
    const short = nodes.filter((node) => isOlder(node.status?.nodeInfo?.kernelVersion, version)).map(nameOf);
    if (short.length === 0) continue;
    const mend = `${faults.join(', ')} need Linux ${version.join('.')}: choose targets on other nodes, or renew these`;
    checks.push(warning('kernels', subject, `an older kernel: ${short.join(', ')}`, mend));
  }
  if (checks.length > 0) return checks;
  return [
    ok(
      'kernels',
      subject,
      `${seen}; whether a kernel has NFQUEUE, netem or nf_tables a fault finds out on its target, before it touches it`,
    ),
  ];
}

/** As the faults' own declarations say it. */
function neededKernels(): { version: readonly [number, number]; faults: string[] }[] {
  const needed = Map.groupBy(faultDeclarations, ({ needs }) => /Linux (\d+\.\d+)/.exec(needs)?.[1]);
  return [...needed].flatMap(([text, faults]) => {
    const [major = 0, minor = 0] = text?.split('.').map(Number) ?? [];
    return text === undefined ? [] : [{ version: [major, minor] as const, faults: faults.map(({ name }) => name) }];
  });
}

/** False when the version cannot be read: nothing is said of what is not known. */
function isOlder(version: string | undefined, [major, minor]: readonly [number, number]): boolean {
  const [, foundMajor, foundMinor] = /^v?(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (foundMajor === undefined || foundMinor === undefined) return false;
  return Number(foundMajor) < major || (Number(foundMajor) === major && Number(foundMinor) < minor);
}

function keyOf({ apiGroup, resource, subresource }: Permission): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return apiGroup === '' ? what : `${what}.${apiGroup}`;
}

function nameOf({ metadata }: V1Node): string {
  return metadata?.name ?? 'a node without a name';
}
