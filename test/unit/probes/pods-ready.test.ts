import assert from 'node:assert/strict';
import type { V1Pod } from '@kubernetes/client-node';
import { missing } from '../../../src/probes/pods-ready.ts';

function pod(name: string, ready: boolean, more: { terminating?: boolean; waiting?: string } = {}): V1Pod {
  return {
    metadata: { name, ...(more.terminating && { deletionTimestamp: new Date() }) },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      ...(more.waiting && {
        containerStatuses: [{ name: 'c', image: '', imageID: '', ready, restartCount: 0, state: { waiting: { reason: more.waiting } } }],
      }),
    },
  };
}

describe('what is missing of pods', () => {
  const cases: [string, V1Pod[], number, string | undefined][] = [
    ['nothing', [pod('a', true), pod('b', true)], 2, undefined],
    ['one that is not Ready', [pod('a', true), pod('b', false)], 2, 'not Ready: b (Running)'],
    ['one that crashes', [pod('a', false, { waiting: 'CrashLoopBackOff' })], 1, 'not Ready: a (CrashLoopBackOff)'],
    ['one that is not there', [pod('a', true)], 2, '1 pods, expected 2'],
    ['one too many', [pod('a', true), pod('b', true)], 1, '2 pods, expected 1'],
    ['one on its way out', [pod('a', true), pod('b', true, { terminating: true })], 2, '1 pods, expected 2; terminating: b'],
    ['one on its way out beside its successor', [pod('a', true), pod('b', true, { terminating: true })], 1, 'terminating: b'],
    ['all of them', [], 0, 'no pods'],
  ];
  for (const [name, pods, wanted, expected] of cases) it(name, () => assert.equal(missing(pods, wanted), expected));
});
