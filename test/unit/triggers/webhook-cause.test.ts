import assert from 'node:assert/strict';
import { webhookCause } from '../../../src/triggers/webhook-cause.ts';

const firing = { status: 'firing', labels: { alertname: 'Slow' }, startsAt: '2030-01-01T00:00:00Z', fingerprint: 'f1' };

describe('webhookCause', () => {
  it('takes an alert for one cause as long as it fires, whatever it comes with', () => {
    const one = webhookCause({ version: '4', alerts: [firing] });
    assert.deepEqual(one, { kind: 'start', key: 'alert f1 2030-01-01T00:00:00Z', said: 'alert Slow' });
    assert.deepEqual(webhookCause({ version: '4', alerts: [{ ...firing, fingerprint: 'f0', status: 'resolved' }, firing] }), one);
    assert.notDeepEqual(webhookCause({ alerts: [{ ...firing, startsAt: '2030-01-02T00:00:00Z' }] }), one);
    assert.equal(webhookCause({ alerts: [] }).kind, 'ignore');
  });

  it('takes what Flux has applied or released for a cause, and no other event', () => {
    const involvedObject = { kind: 'HelmRelease', namespace: 'apps', name: 'redis' };
    const metadata = { 'helm.toolkit.fluxcd.io/revision': '18.1.0' };
    const cause = webhookCause({ involvedObject, severity: 'info', reason: 'UpgradeSucceeded', metadata });
    assert.deepEqual(cause, { kind: 'start', key: 'flux HelmRelease apps/redis 18.1.0', said: 'Flux: HelmRelease apps/redis at 18.1.0' });
    assert.equal(webhookCause({ involvedObject, severity: 'error', reason: 'UpgradeFailed', metadata }).kind, 'ignore');
    assert.equal(webhookCause({ involvedObject, severity: 'info', reason: 'DependencyNotReady', metadata }).kind, 'ignore');
  });

  it('takes a key and a reason, or anything', () => {
    assert.deepEqual(webhookCause({ key: 'v7', reason: 'a  deploy\nof v7' }), { kind: 'start', key: 'key v7', said: 'a deploy of v7' });
    assert.deepEqual(webhookCause(undefined), { kind: 'start', key: null, said: 'its webhook' });
    assert.equal(webhookCause({ key: 7 }).kind, 'start');
  });
});
