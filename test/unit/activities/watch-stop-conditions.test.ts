import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import type { Supervision } from '../../../src/activities/supervise.ts';
import { watchStopConditions } from '../../../src/activities/watch-stop-conditions.ts';
import type { WatchInput } from '../../../src/contracts/activities.ts';
import type { ProbeSpec } from '../../../src/contracts/campaign.ts';
import { defaultClusterPolicy } from '../../../src/policy/cluster-policy.ts';
import { campaignOf, experimentSpec, planOf } from '../../support/simulated-activities.ts';

// An HTTP server of the test's own is what is watched; no probe here asks a cluster.
describe('the watch over stop conditions', () => {
  let server: Server;
  let status = 200;
  let answered = 0;
  let cancelled: AbortController;

  before(async () => {
    server = createServer((_, response) => {
      answered++;
      response.statusCode = status;
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());
  beforeEach(() => {
    status = 200;
    answered = 0;
    cancelled = new AbortController();
  });

  const intervalMs = 100;
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  function probe(changes: Partial<ProbeSpec> = {}): ProbeSpec {
    return {
      name: 'answers',
      type: 'http',
      parameters: { url: url(), expectedStatus: 200 },
      when: 'during',
      tolerance: { comparator: 'succeeds', successPercent: 100 },
      weight: 0,
      intervalMs,
      timeoutMs: 1_000,
      ...changes,
    };
  }

  function watch(probes: ProbeSpec[], forMs: number) {
    const campaign = campaignOf(experimentSpec('only'));
    const { inventory } = planOf(campaign, 'seed');
    const input: WatchInput = {
      campaign,
      inventory,
      conditions: probes.map((spec) => ({ name: spec.name, probe: spec })),
      until: Date.now() + forMs,
    };
    const deps = {
      cluster: () => ({}),
      ofCluster: () => ({ agentImage: '', reach: 'auto', prometheusUrl: null }),
      policy: () => ({ ...defaultClusterPolicy(), egress: { allow: null, loopback: true } }),
    } as unknown as Dependencies;
    const supervision: Supervision = {
      signal: cancelled.signal,
      attempt: 1,
      previous: undefined,
      keep: () => undefined,
      cancelledByWorkflow: () => cancelled.signal.aborted,
    };
    return watchStopConditions(input, deps, supervision);
  }

  async function sampled(times: number): Promise<void> {
    while (answered < times) await once(server, 'request');
  }

  it('answers nothing while all conditions hold, sampled at their interval', async () => {
    assert.equal(await watch([probe()], 1_000), null);
    assert.ok(answered >= 3 && answered <= 11, `${answered} samples in a second`);
  });

  it('trips with the first sample that misses', async () => {
    const watching = watch([probe()], 60_000);
    await sampled(2);
    const before = answered;
    status = 503;
    const trip = await watching;
    assert.equal(trip?.condition, 'answers');
    assert.match(trip?.seen ?? '', /503/);
    assert.ok(answered - before <= 2, `${answered - before} samples until it tripped`);
  });

  it('tells what value it saw, and what must hold', async () => {
    const trip = await watch([probe({ tolerance: { comparator: '<', value: 0, successPercent: 100 } })], 60_000);
    assert.match(trip?.seen ?? '', /^[\d.]+, where < 0 must hold$/);
  });

  it('trips when it could not measure three times in a row, and not before', async () => {
    const blind = probe({ tolerance: { comparator: '<=', value: 1_000, successPercent: 100 } });
    const watching = watch([blind], 60_000);
    await sampled(1);
    status = 500;
    await sampled(answered + 2);
    status = 200;
    await sampled(answered + 2);
    status = 500;
    const trip = await watching;
    assert.match(trip?.seen ?? '', /could not be measured 3 times in a row: .*500/);
  });

  it('watches on beside a condition that holds: the one that misses is named', async () => {
    const trip = await watch([probe(), probe({ name: 'nobody', parameters: { url: 'http://127.0.0.1:9/', expectedStatus: 200 } })], 60_000);
    assert.equal(trip?.condition, 'nobody');
  });

  it('answers nothing when the workflow wants no more of it', async () => {
    const watching = watch([probe()], 60_000);
    await sampled(1);
    cancelled.abort();
    assert.equal(await watching, null);
  });
});
