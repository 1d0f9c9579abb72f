import type { V1Node, V1Taint } from '@kubernetes/client-node';
import { bad, good, type Parsed } from '../../campaign/units.ts';
import type { ObjectUndo } from '../object-borne/object-undo.ts';

export const taintExpected = 'a taint as kubectl writes it, key=value:Effect or key:Effect, for example maintenance=soon:NoSchedule';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const taintPattern = /^(?<key>[a-zA-Z0-9]([a-zA-Z0-9._/-]{0,251}[a-zA-Z0-9])?)(=(?<value>[a-zA-Z0-9._-]{0,63}))?:(?<effect>[A-Za-z]+)$/;

/** Reads a taint, and gives it back as it was written. */
export function parseTaint(value: unknown): Parsed<string> {
  const match = typeof value === 'string' ? taintPattern.exec(value) : null;
  if (match === null || typeof value !== 'string') return bad(value, taintExpected);
  return effects.includes(match.groups?.effect ?? '') ? good(value) : bad(value, `a taint with one of the effects ${effects.join(', ')}`);
}

/** A taint that `parseTaint` took. */
function toTaint(text: string): V1Taint {
  const { key = '', value, effect = '' } = taintPattern.exec(text)?.groups ?? {};
  return { key, effect, ...(value === undefined || value === '' ? {} : { value }) };
}

/** Throws when it is no list of taints. */
export function readTaints(taints: unknown): V1Taint[] {
  if (!Array.isArray(taints)) throw new Error(`taints: found ${JSON.stringify(taints)}, expected a list`);
  return taints.map(String).map(toTaint);
}

/** Takes just the fault's taints off, as a merge patch of the node. */
export const untaint: ObjectUndo = (restore, { spec }: V1Node) => {
  const own = readTaints(restore.taints);
  const others = (spec?.taints ?? []).filter((taint) => !own.some((one) => sameTaint(one, taint)));
  return { patch: { spec: { taints: others } }, detail: 'its taints were taken off' };
};

/** Kubernetes tells taints of a node apart by key and effect. */
export function sameTaint(a: V1Taint, b: V1Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
