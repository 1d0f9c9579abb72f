import type { Request } from 'express';

/** What a caller needs to be for a route. `open`: nothing, not even a key. */
export type Access = 'open' | Role;
export type Role = 'viewer' | 'operator' | 'approver' | 'admin';

/** Where a request reaches. `namespace` null: the whole cluster. */
export interface Place {
  cluster: string;
  namespace: string | null;
}

/**
 * Whether the caller may do at these places what takes this role. Without places: whether it has the role anywhere.
 *
 * @throws Problem 403
 */
export function authorize(_req: Request, _role: Role, _places: readonly Place[]): void {
  // Authentication by one key knows one caller, who may everything.
}

/** Whether the caller may see what is at a place: lists leave out what it may not. */
export function maySee(_req: Request, _place: Place): boolean {
  return true;
}

/** Who asks: the authenticated caller's name, or without authentication what the body says; undefined: neither is known. */
export function actorOf(_req: Request, written: string | undefined): string | undefined {
  return written;
}
