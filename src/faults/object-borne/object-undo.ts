import type { KubernetesObject } from '@kubernetes/client-node';

/** What an object is put back from: small, and JSON. */
export type Restore = Record<string, unknown>;

/** What puts an object back, from nothing but what the fault wrote on it: a JSON merge patch, and that in words. */
export type ObjectUndo = (restore: Restore, object: KubernetesObject) => { patch: Record<string, unknown>; detail: string };
