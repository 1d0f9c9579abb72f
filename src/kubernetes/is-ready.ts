/** Whether a pod or a node has the condition `Ready`, which both call by the same name. */
export function isReady({ status }: { status?: { conditions?: { type: string; status: string }[] } }): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}
