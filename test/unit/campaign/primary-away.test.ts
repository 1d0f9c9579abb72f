import assert from 'node:assert/strict';
import { takesPrimaryAway } from '../../../src/campaign/default-hypothesis.ts';
import type { SelectablePod } from '../../../src/campaign/selection.ts';
import type { ExperimentSpec, Parameters } from '../../../src/contracts/campaign.ts';
import type { RedisTopology } from '../../../src/contracts/plan.ts';
import { faultDeclarations, findFault } from '../../../src/faults/declarations.ts';
import { exampleParameters } from '../../support/fault-example.ts';

const watched: RedisTopology = {
  kind: 'redis',
  port: 6379,
  instances: [],
  sentinel: { master: 'redis', port: 26_379, quorum: 2, downAfterMs: 5_000, endpoints: [] },
};

function pod(role: SelectablePod['role']): SelectablePod {
  return { name: 'a', uid: 'a', ip: '', node: '', zone: null, ready: true, labels: {}, annotations: {}, containers: [], role };
}

function takes(name: string, durationMs: number, given: { parameters?: Parameters; role?: SelectablePod['role'] } = {}): boolean {
  const fault = findFault(name)?.fault;
  assert.ok(fault, name);
  const spec: ExperimentSpec = {
    name,
    fault: name,
    selection: {},
    parameters: { ...exampleParameters(fault), ...given.parameters },
    durationMs,
    onRestart: 'reestablish',
    recoveryTimeoutMs: 1_000,
    onFailure: 'continue',
  };
  return takesPrimaryAway(spec, fault, [pod(given.role ?? 'redis-primary')], watched);
}

describe('whether a fault takes the primary away', () => {
  for (const name of ['pod-delete', 'redis-failover']) {
    it(`${name} does, however short it is`, () => assert.equal(takes(name, 1_000), true));
  }

  for (const name of ['redis-pause', 'redis-primary-isolation', 'application-outage']) {
    it(`${name} does when it lasts longer than Sentinel waits`, () => {
      assert.equal(takes(name, 5_000), false);
      assert.equal(takes(name, 5_001), true);
    });
  }

  for (const name of ['redis-client-kill', 'redis-replica-lag', 'redis-memory-pressure', 'pod-network-latency', 'pod-cpu-hog']) {
    it(`${name} does not`, () => assert.equal(takes(name, 3_600_000), false));
  }

  it('none does that has no primary among its targets', () => {
    for (const { name } of faultDeclarations) assert.equal(takes(name, 3_600_000, { role: 'redis-replica' }), false, name);
  });
});
