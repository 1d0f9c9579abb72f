import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { parseSchedule } from '../../../src/schedules/document.ts';

const text = `apiVersion: squall.dev/v1
kind: Schedule
metadata: { name: nightly }
spec:
  triggers:
    calendar: { minute: '*/30', hour: 9-17, dayOfWeek: [MON, FRI], month: jan }
    interval: [{ every: 6h, offset: 10m }]
    onRollout: { name: other }
  campaign:
    # kept with the campaign
    apiVersion: squall.dev/v1
    kind: Campaign
    metadata: { name: cart }
    spec:
      target: { namespace: shop, kind: Deployment, name: cart }
      steps:
        - experiment:
            fault: pod-network-latency
            target: all
            parameters: { latency: 500ms }
            duration: 1s
`;

describe('parseSchedule', () => {
  it('reads triggers, and gives runs the document of the campaign alone', () => {
    const parsed = parseSchedule(text);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const { triggers, document, campaign, overlap, timeZone, catchUpWindowMs } = parsed.schedule;
    assert.deepEqual(triggers.calendar, [
      {
        minute: [{ start: 0, end: 59, step: 30 }],
        hour: [{ start: 9, end: 17, step: 1 }],
        month: [{ start: 1, end: 1, step: 1 }],
        dayOfWeek: [
          { start: 1, end: 1, step: 1 },
          { start: 5, end: 5, step: 1 },
        ],
      },
    ]);
    assert.deepEqual(triggers.intervals, [{ everyMs: 21_600_000, offsetMs: 600_000 }]);
    assert.deepEqual(triggers.onRollout, { cluster: 'default', namespace: 'shop', kind: 'Deployment', name: 'other' });
    assert.deepEqual([overlap, timeZone, catchUpWindowMs], ['skip', 'UTC', 600_000]);
    assert.match(document, /^apiVersion: squall.dev\/v1\nkind: Campaign\n/);
    const alone = parseCampaign(document);
    assert.ok(alone.ok);
    assert.deepEqual(campaign, alone.campaign);
  });

  it('reads JSON alike', () => {
    const yaml = parseSchedule(text);
    const json = parseSchedule(JSON.stringify(parse(text)));
    assert.ok(yaml.ok && json.ok);
    const { source: _, document: __, ...ofJson } = json.schedule;
    const { source: ___, document: ____, ...ofYaml } = yaml.schedule;
    assert.deepEqual(ofJson, ofYaml);
  });

  it('tells mistakes of both at their place, in the order of the text', () => {
    const wrong = text
      .replace('every: 6h', 'every: 1s')
      .replace('hour: 9-17', 'hour: 17-9')
      .replace('latency: 500ms', 'latencyy: 500ms')
      .replace('  campaign:', '  timeZone: Nowhere\n  campaign:');
    const parsed = parseSchedule(wrong, { fileName: 'nightly.yaml' });
    assert.ok(!parsed.ok);
    assert.deepEqual(
      parsed.problems.map(({ path, line }) => `${line} ${path}`),
      [
        '6 spec.triggers.calendar.hour',
        '7 spec.triggers.interval[0].every',
        '9 spec.timeZone',
        '21 spec.campaign.spec.steps[0].experiment.parameters.latencyy',
      ],
    );
    assert.match(parsed.problems.at(-1)?.message ?? '', /^nightly\.yaml:21:\d+ spec\.campaign\./);
  });

  it('wants a campaign, and a workload whose rollouts can be seen', () => {
    const without = parseSchedule(text.slice(0, text.indexOf('  campaign:')));
    assert.ok(!without.ok);
    assert.deepEqual(
      without.problems.map(({ path }) => path),
      ['spec.campaign'],
    );
    const unnamed = parseSchedule(text.replace('{ name: other }', 'true').replace('kind: Deployment, name: cart', 'selector: app=cart'));
    assert.ok(!unnamed.ok);
    assert.match(unnamed.problems[0]?.message ?? '', /expected kind and name of the workload \(Deployment, StatefulSet, DaemonSet\)/);
  });
});
