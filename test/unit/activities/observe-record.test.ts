import assert from 'node:assert/strict';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { observe } from '../../../src/activities/observe.ts';
import type { Supervision } from '../../../src/activities/supervise.ts';
import type { ObserveInput } from '../../../src/contracts/activities.ts';
import { campaignOf, experimentSpec, planOf } from '../../support/simulated-activities.ts';

// A cluster that only tells when it is asked; no probe measures anything here.
describe("an observation's record of its cluster", () => {
  let asked: number;
  let fails: boolean;
  const since = Date.now();

  beforeEach(() => {
    asked = 0;
    fails = false;
  });

  function look(changes: Partial<ObserveInput>, supervision: Partial<Supervision> = {}) {
    const campaign = campaignOf(experimentSpec('only'));
    const { inventory } = planOf(campaign, 'seed');
    const input: ObserveInput = {
      campaign: { ...campaign, target: { ...campaign.target, kind: 'Pod' } },
      inventory: { ...inventory, pods: [], workload: null, application: null },
      probes: [],
      until: 0,
      recovery: null,
      fault: null,
      election: null,
      recordSince: since,
      ...changes,
    };
    const cluster = {
      name: 'default',
      listPods: async () => [],
      listNodes: async () => [],
      listObjects: async () => {
        asked++;
        return [];
      },
    };
    const deps = {
      cluster: () => {
        if (fails) throw new Error('no such cluster');
        return cluster;
      },
      ofCluster: () => ({ reach: 'direct', prometheusUrl: null }),
    } as unknown as Dependencies;
    return observe(input, deps, {
      signal: new AbortController().signal,
      attempt: 1,
      previous: undefined,
      keep: () => undefined,
      cancelledByWorkflow: () => false,
      ...supervision,
    });
  }

  it('is none while more is to be observed, nor when nobody wants one', async () => {
    assert.equal((await look({})).clusterRecord, undefined);
    assert.equal(asked, 0);
  });

  it('is made of one that a workflow interrupted, although its signal is aborted', async () => {
    const interrupted = { signal: AbortSignal.abort(), cancelledByWorkflow: () => true };
    const { clusterRecord } = await look({}, interrupted);
    assert.equal(clusterRecord?.from, new Date(since - 5_000).toISOString());
    assert.ok(asked > 0);
  });

  it('is not worth the measurements: they are handed over without one', async () => {
    fails = true;
    const observation = await look({}, { signal: AbortSignal.abort(), cancelledByWorkflow: () => true });
    assert.deepEqual([observation.clusterRecord, observation.series], [undefined, []]);
  });
});
