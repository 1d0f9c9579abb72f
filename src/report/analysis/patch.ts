import type { ClusterRecord } from '../../contracts/cluster-record.ts';
import type { Finding, FindingPatch } from '../../contracts/report.ts';

/** A fix by a patch: in words, and, as its last line, the command. */
export function fixByPatch(words: string, patch: FindingPatch): Pick<Finding, 'fix' | 'patch'> {
  return { fix: `${words}\n${patchCommand(patch)}`, patch };
}

function patchCommand({ target, namespace, type, body }: FindingPatch): string {
  return `kubectl -n ${namespace} patch ${target.replace('/', ' ')} --type=${type} -p '${JSON.stringify(body)}'`;
}

/** Of the workload's pod template; undefined: there is no workload to patch. */
export function templatePatch({ workload, namespace }: ClusterRecord, spec: object): FindingPatch | undefined {
  if (workload === null) return undefined;
  return {
    target: `${workload.kind.toLowerCase()}/${workload.name}`,
    namespace,
    type: 'strategic',
    body: { spec: { template: { spec } } },
  };
}
