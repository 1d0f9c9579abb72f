import type { IncomingMessage } from 'node:http';

/** What a caller may do where it is granted: each may read; what else, `mayAct` says. */
export const roles = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A role, bound to places. `*` is every one, `shop-*` is each that begins so. */
export interface Grant {
  role: Role;
  clusters: string[];
  namespaces: string[];
}

/** Who calls. */
export interface Principal {
  /** as the audit has it: `key:NAME`, `ISSUER:WHO`, `webhook:NAME` */
  name: string;
  grants: Grant[];
  /** false: nobody was asked who they are, since only this machine is answered */
  identified: boolean;
  /** of a signed webhook: its delivery's id, by which nothing is done twice; absent: it is none */
  delivery?: string;
}

const everywhere = { clusters: ['*'], namespaces: ['*'] };

/** Whoever sits at this machine, where no key is configured. */
export const anyoneHere: Principal = { name: 'anyone', grants: [{ role: 'admin', ...everywhere }], identified: false };

/** Who presents the key of SQUALL_API_KEY. */
export const ownerOfTheKey: Principal = { name: 'key:api', grants: [{ role: 'admin', ...everywhere }], identified: true };

const principals = new WeakMap<IncomingMessage, Principal>();

export function setPrincipal(req: IncomingMessage, principal: Principal): void {
  principals.set(req, principal);
}

/** The caller of a request that has passed `authenticate`; one that has not is a defect. */
export function principalOf(req: IncomingMessage): Principal {
  const principal = principals.get(req);
  if (principal === undefined) throw new Error(`nobody was asked who calls ${req.method} ${req.url?.split('?')[0]}`);
  return principal;
}

/** The caller, if it is known by now. */
export function knownPrincipalOf(req: IncomingMessage): Principal | undefined {
  return principals.get(req);
}
