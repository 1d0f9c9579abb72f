import assert from 'node:assert/strict';
import { probeDestinationRefusals } from '../../../src/campaign/probe-destinations.ts';
import type { ProbeSpec } from '../../../src/contracts/campaign.ts';
import { campaignOf, experimentSpec, planOf } from '../../support/simulated-activities.ts';

function probe(name: string, type: string, parameters: ProbeSpec['parameters']): ProbeSpec {
  return { name, type, parameters, when: 'during', weight: 1, intervalMs: 1_000, timeoutMs: 1_000 };
}

describe('where the probes of a plan lead', () => {
  const [experiment] = planOf(campaignOf(experimentSpec('slow')), 'a-seed').experiments;
  assert.ok(experiment);

  it('is refused before anything is touched, when it can be told by the address', () => {
    const hypothesis = [
      probe('inside', 'http', { url: 'http://cart.shop.svc/health', expectedStatus: 200 }),
      probe('cloud', 'http', { url: 'http://[::ffff:169.254.169.254]/latest/meta-data', expectedStatus: 200 }),
      probe('self', 'tcp', { host: '127.0.0.1', port: 7401 }),
      probe('pods', 'pods-ready', {}),
    ];
    const watched = { name: 'errors', probe: probe('errors', 'prometheus', { query: 'up', url: 'http://metadata.google.internal' }) };
    const refusals = probeDestinationRefusals({ stopConditions: [watched] }, [{ ...experiment, hypothesis }], {});
    assert.deepEqual(
      refusals.map(({ code, subject, message }) => [code, subject, message.split(':')[0]]),
      [
        ['probe-forbidden', 'slow', 'probe cloud'],
        ['probe-forbidden', 'slow', 'probe self'],
        ['probe-forbidden', 'errors', 'probe errors'],
      ],
    );
    const policy = { egress: { allow: ['10.0.0.0/8', 'shop.example.com'], loopback: true } };
    assert.deepEqual(
      probeDestinationRefusals({}, [{ ...experiment, hypothesis }], policy).map(({ message }) => message.split(':')[0]),
      ['probe cloud', 'probe self'],
    );
  });
});
