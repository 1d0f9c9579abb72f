import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { parseInteger } from '../units.ts';
import { type ChaosKind, given, type MeantFault } from './chaos-kind.ts';

const noStressNg = 'cpu and memory with workers, load and size: squall runs no stress-ng, and takes no options of it';

export const stressChaos: ChaosKind = {
  kind: 'StressChaos',
  key: 'stressChaos',
  keys: { read: ['stressors', 'containerNames'], unsupported: { stressngStressors: noStressNg } },
  read(notes, path) {
    const place = [...path, 'stressors'];
    if (notes.mapping(place, { read: ['cpu', 'memory'] }) === undefined) return [];
    const there = (key: string) => notes.valueAt([...place, key]) !== undefined && notes.valueAt([...place, key]) !== null;
    if (!there('cpu') && !there('memory')) notes.problem({ path: place, found: 'no stressor', expected: 'cpu, memory or both' });
    return [
      ...(there('cpu') ? readCpu(notes, [...place, 'cpu']) : []),
      ...(there('memory') ? readMemory(notes, [...place, 'memory']) : []),
    ];
  },
};

function readCpu(notes: LitmusNotes, path: Path): MeantFault[] {
  if (notes.mapping(path, { read: ['workers', 'load'], unsupported: { options: noStressNg } }) === undefined) return [];
  // to squall 0 are as many as there are, to Chaos Mesh it is nothing to do
  notes.read([...path, 'workers'], (value) => parseInteger(value, { min: 1, max: 256 }));
  return [{ fault: 'pod-cpu-hog', path, given: { cores: given(notes, [...path, 'workers']), load: given(notes, [...path, 'load']) } }];
}

function readMemory(notes: LitmusNotes, path: Path): MeantFault[] {
  const keys = {
    read: ['workers', 'size'],
    noEffect: { oomScoreAdj: "squall's worker always has 1000, and is killed before the workload is" },
    unsupported: { options: noStressNg },
  };
  if (notes.mapping(path, keys) === undefined) return [];
  notes.read([...path, 'workers'], (value) => parseInteger(value, { min: 1, max: 256 }));
  const size = given(notes, [...path, 'size'], bytesOf);
  if (size === undefined)
    notes.problem({ path, found: 'no size', expected: 'the size, for example 256MB or 50%: squall does not take all there is' });
  if (typeof size?.value === 'string' && size.value.endsWith('%')) {
    notes.warn(
      'chaos-mesh-differs',
      size.path,
      "size: Chaos Mesh would take that share of all memory; squall takes it of the container's limit",
    );
  }
  return [{ fault: 'pod-memory-hog', path, given: { workers: given(notes, [...path, 'workers']), memory: size } }];
}

/** `256MB` as Kubernetes writes it, `256M`; `1GiB`, `1Gi`. */
function bytesOf(value: unknown): unknown {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(value) : null;
  if (match === null) return value;
  const [, amount = '', unit = '', binary = ''] = match;
  if (unit === '') return binary === '' ? amount : value;
  return `${amount}${binary === '' ? (unit.toLowerCase() === 'k' ? 'k' : unit.toUpperCase()) : `${unit.toUpperCase()}i`}`;
}
