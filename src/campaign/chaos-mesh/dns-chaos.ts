import { parseChoice } from '../units.ts';
import { type ChaosKind, given } from './chaos-kind.ts';

export const dnsChaos: ChaosKind = {
  kind: 'DNSChaos',
  key: 'dnsChaos',
  keys: { read: ['action', 'patterns', 'containerNames'] },
  read(notes, path) {
    const place = [...path, 'action'];
    const action = notes.read(place, (value) => parseChoice(value, ['error', 'random']));
    if (action === undefined) return [];
    const patterns = notes.valueAt([...path, 'patterns']);
    const all = patterns === undefined || patterns === null || (Array.isArray(patterns) && patterns.length === 0);
    const wild = Array.isArray(patterns) && patterns.some((pattern) => typeof pattern === 'string' && /[*?]/.test(pattern));
    return [
      {
        fault: 'pod-dns-error',
        path: place,
        given: {
          answer: { value: action === 'error' ? 'servfail' : 'random', path: place },
          names: all ? undefined : given(notes, [...path, 'patterns']),
          match: wild ? { value: 'glob', path: [...path, 'patterns'] } : undefined,
        },
      },
    ];
  },
};
