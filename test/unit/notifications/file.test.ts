import assert from 'node:assert/strict';
import { parseReceivers } from '../../../src/notifications/file.ts';

const here = import.meta.filename;

describe('parseReceivers', () => {
  it('reads each kind, with what it is told of by default', () => {
    const parsed = parseReceivers(
      `receivers:
  - {name: ops, webhook: {url: https://ops.example/squall, secretFile: ${here}}, campaigns: [redis-*], verdicts: [Failed]}
  - {name: chat, slack: {urlFile: ${here}}}
  - {name: board, grafana: {url: http://grafana:3000/, tokenFile: ${here}}}
  - {name: events, kubernetesEvents: true}
`,
      'n.yaml',
    );
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.deepEqual(
      parsed.receivers.map(({ name, to, events }) => [name, to.kind, events.length]),
      [
        ['ops', 'webhook', 8],
        ['chat', 'slack', 6],
        ['board', 'grafana', 4],
        ['events', 'kubernetes-events', 4],
      ],
    );
    assert.deepEqual(
      [parsed.receivers[0]?.campaigns, parsed.receivers[0]?.verdicts, parsed.receivers[1]?.verdicts],
      [['redis-*'], ['Failed'], null],
    );
  });

  it('tells every mistake at its place', () => {
    const parsed = parseReceivers(
      `receivers:
  - {name: ops, webhook: {url: ftp://ops, secretFile: /none/such}}
  - {name: ops, slack: {urlFile: ${here}}, kubernetesEvents: true}
  - {name: events, kubernetesEvents: true, events: [run.started]}
  - {name: other, events: [run.over]}
`,
      'n.yaml',
    );
    assert.ok(!parsed.ok);
    assert.deepEqual(parsed.problems.map(({ place }) => place.replace(/:\d+ /, ' ')).sort(), [
      'n.yaml:2 receivers[0].webhook.secretFile',
      'n.yaml:2 receivers[0].webhook.url',
      'n.yaml:3 receivers[1]',
      'n.yaml:3 receivers[1].name',
      'n.yaml:4 receivers[2].events',
      'n.yaml:5 receivers[3].events[0]',
    ]);
    const none = parseReceivers('receivers: [{name: other, kubernetesEvents: false}]', 'n.yaml');
    assert.ok(!none.ok);
    assert.deepEqual([none.problems[0]?.place, none.problems[0]?.found], ['n.yaml:1:13 receivers[0]', 'no kind of receiver']);
  });
});
