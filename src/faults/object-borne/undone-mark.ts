import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { objectKeys } from '../../contracts/object-keys.ts';

/**
 * Which faults were undone on an object, written on the object itself. A request to inject may be held up on its way, or be
 * sent by a worker that was held up, and come after the undo. By the mark such a late one is told from a first one; and
 * since writing it changes the object's resourceVersion, a request that was made before it is refused by the API server.
 *
 * A mark is needed until the deadline of its fault, after which nobody injects it any more. Expired ones go with the next
 * write of squall's on the object, and with the janitor.
 */
const marksSchema = z.record(z.string(), z.iso.datetime());

/** Clocks of workers may differ by so much. */
const slackMs = 60_000;

/** The ids of faults that were undone on the object, with the time in ms until which that has to be known. */
export function undoneOn(object: KubernetesObject): Map<string, number> {
  const text = object.metadata?.annotations?.[objectKeys.undone];
  if (text === undefined) return new Map();
  const marks = marksSchema.safeParse(parseJson(text));
  // Somebody else has written there: nothing is known, and the next mark takes its place.
  if (!marks.success) return new Map();
  return new Map(Object.entries(marks.data).map(([id, until]) => [id, Date.parse(until)]));
}

/** The annotation with a mark of this fault beside those that are needed still. `deadline`: the fault's, in ms. */
export function withMark(object: KubernetesObject, id: string, deadline: number): Record<string, string> {
  const marks = new Map(unexpired(object)).set(id, Math.max(deadline, Date.now()) + slackMs);
  return {
    [objectKeys.undone]: JSON.stringify(Object.fromEntries([...marks].map(([key, until]) => [key, new Date(until).toISOString()]))),
  };
}

/** The annotation without the marks that are needed no more; null: with none, to be removed. */
export function withoutExpired(object: KubernetesObject): Record<string, string | null> {
  if (object.metadata?.annotations?.[objectKeys.undone] === undefined) return {};
  const marks = unexpired(object);
  if (marks.length === 0) return { [objectKeys.undone]: null };
  return { [objectKeys.undone]: JSON.stringify(Object.fromEntries(marks.map(([id, until]) => [id, new Date(until).toISOString()]))) };
}

function unexpired(object: KubernetesObject): [string, number][] {
  return [...undoneOn(object)].filter(([, until]) => until > Date.now());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
