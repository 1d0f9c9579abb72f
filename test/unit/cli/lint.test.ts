import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { squall } from '../../support/squall-command.ts';

const root = join(import.meta.dirname, '../../..');
const good = join(root, 'examples/redis/campaign.yaml');
const bad = join(root, 'test/lab/ten-mistakes.yaml');
const litmus = join(root, 'examples/redis/brief/chaos-engine.yaml');
const other = join(root, 'examples/redis/manifests/redis.yaml');

interface Sarif {
  $schema: string;
  version: string;
  runs: {
    tool: { driver: { name: string; rules: { id: string; shortDescription: { text: string } }[] } };
    artifacts: { location: { uri: string } }[];
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      message: { text: string };
      locations: {
        physicalLocation: { artifactLocation: { uri: string; index: number }; region: { startLine: number; startColumn?: number } };
      }[];
    }[];
  }[];
}

describe('squall lint', function () {
  this.timeout(60_000);

  it('says nothing of what is right', async () => {
    assert.deepEqual(await squall(['lint', good]), { code: 0, stdout: '', stderr: '' });
  });

  it('tells each mistake of several files as editors find it, and exits 1', async () => {
    const { code, stdout, stderr } = await squall(['lint', good, bad, litmus]);
    assert.equal(code, 1);
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) assert.match(line, /^\/\S+\.yaml:\d+:\d+: (error|warning): /);
    assert.equal(lines.filter((line) => line.startsWith(`${bad}:`) && line.includes(': error: ')).length, 10);
    assert.match(stderr, /^squall: 10 mistakes and \d+ warnings in 3 files$/m);
  });

  it('takes warnings for mistakes only when told to', async () => {
    assert.equal((await squall(['lint', litmus])).code, 0);
    assert.equal((await squall(['lint', '--strict', litmus])).code, 1);
  });

  it('reads standard input under a name of its own', async () => {
    const { code, stdout } = await squall(['lint', '--stdin-name', 'shop.yaml', '-', '--output', 'json'], {
      input: readFileSync(bad, 'utf8'),
    });
    assert.equal(code, 1);
    const findings = JSON.parse(stdout) as { file: string; line: number; column: number; message: string }[];
    assert.ok(findings.length >= 10 && findings.every(({ file, line }) => file === 'shop.yaml' && line > 0));
  });

  it('reads saved campaigns, and passes over what is none when told to', async () => {
    const campaign =
      'campaign: { apiVersion: squall.dev/v1, kind: Campaign, metadata: { name: a }, spec: { target: { namespace: a, selector: b=c }, steps: [{ wait: soon }] } }';
    const saved = `apiVersion: squall.dev/v1\nkind: Schedule\nmetadata: { name: nightly }\nspec:\n  triggers: { cron: 0 3 * * * }\n  ${campaign}\n`;
    const { code, stdout } = await squall(['lint', '-'], { input: saved });
    assert.equal(code, 1);
    assert.match(stdout, /^stdin:6:\d+: error: spec\.campaign\.spec\.steps\[0\]\.wait: found "soon"/);
    assert.equal((await squall(['lint', other])).code, 1);
    assert.equal((await squall(['lint', '--pass-others', other, good])).code, 0);
    assert.equal((await squall(['lint', '--pass-others', bad])).code, 1);
  });

  it('tells of a file that cannot be read, and reads the others', async () => {
    const { code, stdout } = await squall(['lint', join(root, 'none.yaml'), good]);
    assert.equal(code, 1);
    assert.match(stdout, /none\.yaml:1:1: error: ENOENT/);
  });

  it('writes SARIF 2.1.0 whose parts refer to one another', async () => {
    const { code, stdout } = await squall(['lint', '--output', 'sarif', bad, litmus]);
    assert.equal(code, 1);
    const sarif = JSON.parse(stdout) as Sarif;
    assert.equal(sarif.version, '2.1.0');
    const [run] = sarif.runs;
    assert.ok(run);
    assert.equal(run.tool.driver.name, 'squall');
    assert.deepEqual(
      run.artifacts.map(({ location }) => location.uri),
      [`file://${bad}`, `file://${litmus}`],
    );
    assert.ok(run.results.length > 10);
    for (const { ruleId, ruleIndex, level, message, locations } of run.results) {
      assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
      assert.ok(['error', 'warning'].includes(level) && message.text.length > 0);
      const [place] = locations;
      assert.ok(place);
      const { artifactLocation, region } = place.physicalLocation;
      assert.equal(run.artifacts[artifactLocation.index]?.location.uri, artifactLocation.uri);
      assert.ok(region.startLine >= 1 && (region.startColumn ?? 1) >= 1);
    }
    const relative = await squall(['lint', '--output', 'sarif', '--stdin-name', 'chaos/my shop.yaml', '-'], { input: 'kind: Campaign' });
    assert.equal((JSON.parse(relative.stdout) as Sarif).runs[0]?.artifacts[0]?.location.uri, 'chaos/my%20shop.yaml');
  });
});
