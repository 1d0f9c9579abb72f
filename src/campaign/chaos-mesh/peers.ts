import type { Given } from '../imported/parameters.ts';
import type { KeyTable, LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { bad, good, parseList } from '../units.ts';
import { readExpressions, readLabels } from './selector.ts';

const others = 'labels alone: squall takes as peers the pods with them in the namespace of the target';
const targetSelectorKeys: KeyTable = {
  read: ['namespaces', 'labelSelectors', 'expressionSelectors'],
  unsupported: {
    annotationSelectors: others,
    fieldSelectors: others,
    nodes: others,
    nodeSelectors: others,
    pods: others,
    podPhaseSelectors: others,
  },
};

/**
 * The `target` of a NetworkChaos: the pods at the other end, as the parameter `peers`.
 * @param namespace of the pods the chaos acts on
 */
export function readPeers(notes: LitmusNotes, path: Path, namespace: string | undefined): Given | undefined {
  if (notes.valueAt(path) === undefined) return undefined;
  if (notes.mapping(path, { read: ['selector', 'mode'], unsupported: { value: 'no value: squall takes all of them' } }) === undefined)
    return undefined;
  notes.read([...path, 'mode'], (mode) => (mode === 'all' ? good(mode) : bad(mode, 'all: squall takes as peers all pods with the labels')));
  const selector = [...path, 'selector'];
  if (notes.mapping(selector, targetSelectorKeys) === undefined) return undefined;
  const place = [...selector, 'namespaces'];
  const namespaces = notes.readOptional(place, (value) => parseList(value, 'default'));
  const other = namespaces?.find((one) => one !== namespace);
  if (other !== undefined && namespace !== undefined) {
    const expected = `${namespace}, the namespace of the selector; the addresses of others may be given as externalTargets`;
    notes.problem({ path: place, found: `the namespace ${other}`, expected });
  }
  const before = notes.problems.length;
  const labels = [...readLabels(notes, [...selector, 'labelSelectors']), ...readExpressions(notes, [...selector, 'expressionSelectors'])];
  if (labels.length > 0) return { value: labels.join(','), path: selector };
  if (notes.problems.length > before) return undefined;
  notes.problem({ path: selector, found: 'no labels', expected: 'labelSelectors or expressionSelectors of the pods at the other end' });
  return undefined;
}
