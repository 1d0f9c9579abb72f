import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { embedDashboards } from '../../../src/cli/embed-dashboards.ts';
import { checkDocument } from '../../../src/cli/lint/check-file.ts';

const campaign = (dashboards: string) => `apiVersion: squall.dev/v1
kind: Campaign
metadata: { name: a }
spec:
  preflight:
    dashboards:
${dashboards}
  target: { namespace: shop, selector: app=cart }
  steps:
    - wait: 1s
`;

describe('dashboards in files beside a campaign', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'squall-embed-'));
    const panels = [{ title: 'Clients', gridPos: { x: 1 }, targets: [{ expr: 'redis_connected_clients{a="b"}' }] }];
    writeFileSync(join(folder, 'redis.json'), JSON.stringify({ title: "redis: it's", panels }, undefined, 2));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are put in their place, however they are written, without what is drawn', () => {
    const written =
      "      - file: redis.json # ours\n        mayBeEmpty: [Clients]\n      - { name: b, file: 'redis.json' }\n      - url: http://g/d/x";
    const { text, problems } = embedDashboards(campaign(written), folder);
    assert.deepEqual(problems, []);
    const parsed = parseCampaign(text);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const queries = [{ panel: 'Clients', expr: 'redis_connected_clients{a="b"}' }];
    const dashboard = { title: "redis: it's", rangeSeconds: 21_600, variables: [], queries, unasked: [] };
    assert.deepEqual(parsed.campaign.preflight?.dashboards, [
      { source: { dashboard }, variables: {}, mayBeEmpty: ['Clients'] },
      { name: 'b', source: { dashboard }, variables: {}, mayBeEmpty: [] },
      { source: { url: 'http://g/d/x' }, variables: {}, mayBeEmpty: [] },
    ]);
    assert.doesNotMatch(text, /gridPos/);
  });

  it('leave every line where it was, and other files alone', () => {
    const text = campaign('      - file: redis.json').replace('wait: 1s', 'wiat: 1s');
    const embedded = embedDashboards(text, folder).text;
    assert.equal(embedded.split('\n').length, text.split('\n').length);
    const [finding] = checkDocument('a.yaml', embedded).findings;
    assert.deepEqual([finding?.line, finding?.path], [10, 'spec.steps[0]']);
    const other = 'preflight: { dashboards: { file: redis.json } }\nfile: redis.json\ndashboards: [{ file: redis.json }]\n';
    assert.equal(embedDashboards(other, folder).text, other);
  });

  it('that cannot be read are told, and left', () => {
    const text = campaign('      - file: nowhere.json');
    const embedded = embedDashboards(text, folder);
    assert.equal(embedded.text, text);
    assert.match(embedded.problems.join(), /found nowhere\.json, expected a dashboard's JSON, beside the campaign \(ENOENT/);
    const { findings } = checkDocument('a.yaml', text);
    assert.match(
      findings.map(({ message }) => message).join(),
      /found "nowhere\.json", expected url or json here: a file is read by squall's command line/,
    );
  });
});
