import type { V1Pod, V1SecurityContext } from '@kubernetes/client-node';
import type { PodTarget } from '../../contracts/plan.ts';

/**
 * `network`: in a PID namespace of its own, so that it outlives a restart of the target's containers, with NET_ADMIN and
 * NET_RAW. `process`: in the target container's PID namespace, without capabilities. `trace`: there, too, with SYS_PTRACE, and
 * KILL, which adds nothing to it; only user 0 has capabilities in a container.
 */
export type CarrierKind = 'network' | 'process' | 'trace';

export interface CarrierUser {
  uid: number;
  gid: number;
}

/** With no more than the kind needs. `user` is who a process carrier runs as; absent: whom the pod says. */
export function carrierSecurity(kind: CarrierKind, pod: V1Pod, target: PodTarget, user?: CarrierUser): V1SecurityContext {
  if (kind !== 'process') {
    return {
      runAsUser: 0,
      runAsNonRoot: false,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: kind === 'network' ? ['NET_ADMIN', 'NET_RAW'] : ['SYS_PTRACE', 'KILL'] },
    };
  }
  const own = pod.spec?.containers.find((container) => container.name === target.container)?.securityContext;
  const base: V1SecurityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  // What a namespace's Pod Security asks of the pod's containers, it asks of this one.
  if (own?.seccompProfile !== undefined) base.seccompProfile = own.seccompProfile;
  if (own?.seLinuxOptions !== undefined) base.seLinuxOptions = own.seLinuxOptions;
  const uid = user?.uid ?? own?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const gid = user?.gid ?? own?.runAsGroup ?? pod.spec?.securityContext?.runAsGroup;
  const nonRoot = own?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot;
  if (uid !== undefined) base.runAsUser = uid;
  // A pod that forbids root, without saying who: any other user can look at who the target is.
  else if (nonRoot) base.runAsUser = 65532;
  if (nonRoot !== undefined) base.runAsNonRoot = nonRoot;
  if (gid !== undefined) base.runAsGroup = gid;
  return base;
}
