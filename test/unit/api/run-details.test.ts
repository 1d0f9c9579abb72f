import assert from 'node:assert/strict';
import { runDetails } from '../../../src/api/run-details.ts';
import { campaignOf, experimentSpec } from '../../support/simulated-activities.ts';

describe("a run's details in the Web UI", () => {
  it('say what it does, step by step, and how it is ended', () => {
    const [slow, slower] = [experimentSpec('slow'), experimentSpec('slower', { durationMs: 90_000 })];
    const details = runDetails('cart-1', {
      ...campaignOf(),
      steps: [
        { kind: 'experiment', experiment: slow },
        { kind: 'wait', durationMs: 30_000 },
        { kind: 'approval', name: 'go-on', timeoutMs: 1, onTimeout: 'abort' },
        { kind: 'parallel', experiments: [slow, slower] },
      ],
    });
    assert.match(details, /faults into app=cart .*\*\*Request Cancellation\*\* ends it.*`squall status cart-1`/);
    assert.deepEqual(details.split('\n\n')[1]?.split('\n'), [
      '1. **slow**: pod-network-latency for 1m',
      '2. wait for 30s',
      '3. wait for somebody to approve **go-on**',
      '4. side by side: **slow**: pod-network-latency for 1m; **slower**: pod-network-latency for 1m30s',
    ]);
  });

  it('of many steps tell the first ones, and how many there are', () => {
    const details = runDetails('cart-1', campaignOf(...Array.from({ length: 25 }, (_, i) => experimentSpec(`e${i}`))));
    assert.match(details, /\n20\. .*\n… and 5 more$/);
  });
});
