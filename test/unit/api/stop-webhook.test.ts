import assert from 'node:assert/strict';
import { reasonOfAlert } from '../../../src/api/stop-webhook.ts';

describe('the reason a webhook gives', () => {
  it("is what Alertmanager's firing alerts say of themselves", () => {
    const alerts = [
      { status: 'firing', labels: { alertname: 'ErrorsHigh' }, annotations: { summary: '12 % of requests fail', description: 'long' } },
      { status: 'resolved', labels: { alertname: 'Disk' }, annotations: { summary: 'disk is full' } },
      { status: 'firing', labels: { alertname: 'LatencyHigh' }, annotations: { description: 'p95 over 2 s' } },
      { status: 'firing', labels: { alertname: 'Nameless' } },
      { status: 'firing' },
    ];
    assert.equal(
      reasonOfAlert({ version: '4', status: 'firing', alerts }),
      '12 % of requests fail; p95 over 2 s; Nameless; an alert without a name',
    );
  });

  it('is none when every alert is resolved', () => {
    assert.equal(reasonOfAlert({ status: 'resolved', alerts: [{ status: 'resolved', labels: { alertname: 'ErrorsHigh' } }] }), null);
  });

  it('is what another body says, or the body', () => {
    assert.equal(reasonOfAlert({ reason: 'checkout is down' }), 'checkout is down');
    assert.equal(reasonOfAlert({ message: 'm' }), 'm');
    assert.equal(reasonOfAlert('plain'), 'plain');
    assert.equal(reasonOfAlert({ level: 3 }), '{"level":3}');
    assert.equal(reasonOfAlert(null), 'no reason was given');
    assert.equal(reasonOfAlert({ reason: 'x'.repeat(5_000) })?.length, 900);
  });
});
