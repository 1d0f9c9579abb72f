import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@kubernetes/client-node';
import { isRecord } from '../../campaign/document.ts';

/** What the API server sets by itself when an object is created. */
const ofTheServer = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'selfLink'];

/** All of an object that its author can set, as plain JSON: what creating it anew takes, and what has to be the same then. */
export function contentOf(object: KubernetesObject): Record<string, unknown> {
  const { status: _, ...content } = asRecord(JSON.parse(JSON.stringify(object)));
  const metadata = asRecord(content.metadata);
  return { ...content, metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !ofTheServer.includes(key))) };
}

/** Where two contents differ, as paths; empty: they are the same. */
export function differences(expected: unknown, found: unknown, path = ''): string[] {
  if (isRecord(expected) && isRecord(found)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
    return keys.flatMap((key) => differences(expected[key], found[key], path === '' ? key : `${path}.${key}`));
  }
  return isDeepStrictEqual(expected, found) ? [] : [path];
}

function asRecord(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new TypeError(`an object of the API is ${JSON.stringify(value)}, expected a mapping`);
  return value;
}
