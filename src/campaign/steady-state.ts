import type { Inventory, RedisInstance, RedisTopology, Refusal } from '../contracts/plan.ts';

/** Why the workload is not in a state to be experimented on; none: it is. */
export function steadyStateRefusals(inventory: Inventory): Refusal[] {
  const { pods, application } = inventory;
  const notReady = pods.filter((pod) => !pod.ready).map(({ name }) => name);
  const refusals: Refusal[] = [];
  if (notReady.length > 0) {
    const message = `${notReady.length} of ${pods.length} pods are not Ready before any fault: ${notReady.join(', ')}`;
    refusals.push({ code: 'not-ready', subject: notReady.join(', '), message });
  }
  if (application !== null) refusals.push(...replicationRefusals(application));
  return refusals;
}

/** True when all of the pods are replicas, with their links up, of one primary that is none of them: it may be in another cluster. */
export function followsElsewhere(application: RedisTopology | null): boolean {
  if (application === null || application.sentinel !== null) return false;
  const hosts = new Set(
    application.instances.map(({ role, linkUp, primaryHost }) => (role === 'replica' && linkUp === true ? primaryHost : null)),
  );
  return hosts.size === 1 && !hosts.has(null);
}

/** True when the pods are one redis, with a primary and replicas, rather than one instance. */
export function isReplicated(application: RedisTopology | null): application is RedisTopology {
  return application !== null && application.instances.length > 1;
}

function replicationRefusals(application: RedisTopology): Refusal[] {
  const { instances } = application;
  const refuse = (code: string, subject: string, message: string): Refusal => ({ code, subject, message });
  const refusals = instances
    .filter(({ role }) => role === 'unreachable')
    .map(({ pod, error }) =>
      refuse('redis-unreachable', pod, `redis does not answer before any fault${error === undefined ? '' : `: ${error}`}`),
    );
  const reachable = instances.filter(({ role }) => role !== 'unreachable');
  if (!isReplicated(application)) return [...refusals, ...linksDown(reachable)];
  const primaries = reachable.filter(({ role }) => role === 'primary').map(({ pod }) => pod);
  const count = `${primaries.length} of ${instances.length} pods are primaries`;
  if (primaries.length > 1) {
    const none = primaries.length === reachable.length;
    const subject = primaries.join(', ');
    refusals.push(
      none ? refuse('not-replicated', subject, `${count}: replication is not configured`) : refuse('several-primaries', subject, count),
    );
  } else if (primaries.length === 0 && reachable.length > 0 && !followsElsewhere(application)) {
    refusals.push(refuse('no-primary', reachable.map(({ pod }) => pod).join(', '), `${count}: nothing takes writes`));
  }
  return [...refusals, ...linksDown(reachable)];
}

function linksDown(instances: readonly RedisInstance[]): Refusal[] {
  return instances
    .filter(({ role, linkUp }) => role === 'replica' && linkUp === false)
    .map(({ pod, primaryHost }) => ({
      code: 'replica-link-down',
      subject: pod,
      message: `the link to its primary ${primaryHost ?? '(unknown)'} is down before any fault`,
    }));
}

/** Why a primary that is taken away would not be replaced by another; none: it would. */
export function electionRefusals(experiment: string, application: RedisTopology): Refusal[] {
  const { sentinel, instances } = application;
  if (sentinel === null) {
    const message = `its target is the primary of ${instances.length} redis pods, and no Sentinel watches them: none of the others would be elected`;
    return [{ code: 'no-sentinel', subject: experiment, message }];
  }
  if (sentinel.endpoints.length < sentinel.quorum) {
    const message = `${sentinel.endpoints.length} Sentinels are there, and ${sentinel.quorum} have to agree: no new primary would be elected`;
    return [{ code: 'no-quorum', subject: experiment, message }];
  }
  return [];
}
