import assert from 'node:assert/strict';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { observe } from '../../../src/activities/observe.ts';
import type { ObserveInput } from '../../../src/contracts/activities.ts';
import type { FaultInstance } from '../../../src/contracts/plan.ts';
import { campaignOf, experimentSpec, planOf } from '../../support/simulated-activities.ts';

// A fault whose experiment has no probes: nothing is sampled, and no read-back falls into so short a time.
describe('an observation without probes', () => {
  function look(until: number, signal = new AbortController().signal) {
    const campaign = campaignOf(experimentSpec('only'));
    const { inventory } = planOf(campaign, 'seed');
    const fault = { id: 'f-1', fault: 'pod-network-latency', cluster: 'default' } as FaultInstance;
    const input: ObserveInput = { campaign, inventory, probes: [], until, recovery: null, fault, election: null };
    const deps = {
      cluster: () => ({ name: 'default' }),
      ofCluster: () => ({ agentImage: 'agent', reach: 'direct', prometheusUrl: null }),
      metrics: { holding: () => ({ [Symbol.dispose]: () => undefined }) },
    } as unknown as Dependencies;
    return observe(input, deps, {
      signal,
      attempt: 1,
      previous: undefined,
      keep: () => undefined,
      cancelledByWorkflow: () => signal.aborted,
    });
  }

  it('lasts until the fault is to end', async () => {
    const until = Date.now() + 400;
    const { to } = await look(until);
    assert.ok(to >= until, `it ended ${until - to} ms early`);
  });

  it('ends when the workflow wants it to', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const { to } = await look(Date.now() + 3_600_000, stop.signal);
    assert.ok(to < Date.now() + 3_600_000);
  }).timeout(30_000);
});
