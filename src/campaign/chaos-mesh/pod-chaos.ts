import { bad, parseChoice, parseInteger } from '../units.ts';
import type { ChaosKind } from './chaos-kind.ts';

export const podChaos: ChaosKind = {
  kind: 'PodChaos',
  key: 'podChaos',
  keys: { read: ['action', 'gracePeriod', 'containerNames'] },
  read(notes, path) {
    const place = [...path, 'action'];
    const action = notes.read(place, (value) =>
      value === 'pod-failure'
        ? bad(value, 'pod-kill or container-kill: squall puts no other image into a pod; nearest to it is its fault process-pause')
        : parseChoice(value, ['pod-kill', 'container-kill']),
    );
    const grace = [...path, 'gracePeriod'];
    const seconds = notes.readOptional(grace, (value) => parseInteger(value, { max: 3600, example: 30 }));
    if (action === 'pod-kill') {
      // without one Chaos Mesh gives no grace at all
      return [
        {
          fault: 'pod-delete',
          path: place,
          containers: 'of-no-effect',
          given: { gracePeriod: { value: `${seconds ?? 0}s`, path: grace } },
        },
      ];
    }
    if (action === undefined) return [];
    if (seconds !== undefined) notes.warn('no-effect', grace, 'gracePeriod has no effect: the action is container-kill');
    return [{ fault: 'container-kill', path: place, given: {} }];
  },
};
