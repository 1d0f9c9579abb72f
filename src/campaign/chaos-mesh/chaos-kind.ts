import type { Given } from '../imported/parameters.ts';
import type { KeyTable, LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';

/** How one kind of Chaos Mesh's chaos is read. */
export interface ChaosKind {
  /** `PodChaos` */
  kind: string;
  /** the key its spec has in a Schedule or a Workflow: `podChaos` */
  key: string;
  /** the keys of its spec; those every chaos has are known */
  keys: KeyTable;
  /** Which faults it means, by squall's names; more than one are done together. What is wrong is a problem. */
  read(notes: LitmusNotes, path: Path, context: { namespace: string | undefined }): MeantFault[];
}

export interface MeantFault {
  /** a name in the catalogue */
  fault: string;
  /** where the document asks for it */
  path: Path;
  given: Record<string, Given | undefined>;
  /** what becomes of `containerNames` where the fault is for whole pods: no more than in Chaos Mesh, or a problem */
  containers?: 'of-no-effect';
}

/** The value of a key for a parameter; undefined: the key is not there, or is empty as an unset one of Kubernetes. */
export function given(notes: LitmusNotes, path: Path, rewrite?: (value: unknown) => unknown): Given | undefined {
  const value = notes.valueAt(path);
  if (value === undefined || value === null || value === '') return undefined;
  if (rewrite === undefined) return { value, path };
  return { value: rewrite(value), path, written: value };
}
