import type { KubernetesObject } from '@kubernetes/client-node';
import type { Restore } from './ownership.ts';

/** What puts an object back, from nothing but what the fault wrote on it: a JSON merge patch, and that in words. */
export type ObjectUndo = (restore: Restore, object: KubernetesObject) => { patch: Record<string, unknown>; detail: string };
