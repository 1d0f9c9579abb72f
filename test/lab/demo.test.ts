import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readLabState } from '../../lab/state.ts';
import type { Report } from '../../src/contracts/report.ts';
import { freePort } from '../../src/free-port.ts';
import { runProgram } from '../support/run-program.ts';
import { TestNamespace } from '../support/test-namespace.ts';

const root = join(import.meta.dirname, '..', '..');
const entry = join(root, 'scripts/demo.ts');

const document = (namespace: string) => `apiVersion: squall.dev/v1
kind: Campaign
metadata: { name: demo-test }
spec:
  target: { namespace: ${namespace}, kind: StatefulSet, name: redis-leader }
  steps:
    - experiment: { fault: pod-network-latency, target: { role: redis-replica }, parameters: { latency: 300ms }, duration: 10m }
`;

describe('demo', function () {
  this.timeout(240_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'squall-demo-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('refuses a wrong argument and a wrong document before anything takes time', async () => {
    const argument = await runProgram(process.execPath, [entry, '--fiel', 'x'], root);
    assert.equal(argument.code, 64, argument.output);
    assert.match(argument.output, /--fiel[\s\S]*usage: npm run demo/);
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, document('chaos').replace('300ms', 'soon').replace('duration', 'duratoin'));
    const wrong = await runProgram(process.execPath, [entry, '--file', file], root);
    assert.equal(wrong.code, 64, wrong.output);
    assert.equal(wrong.output.match(/wrong\.yaml:7:\d+ spec\.steps\[0\]/g)?.length, 2, wrong.output);
  });

  it('interrupted while a fault holds, undoes it, reports, exits with 3 and leaves nothing behind', async () => {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    await using own = await TestNamespace.create(lab.kubeconfig, 'demo');
    const file = join(folder, 'campaign.yaml');
    writeFileSync(file, document(own.name));
    const port = await freePort();
    const child = spawn(process.execPath, [entry, '--file', file, '--port', String(port)], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (line.includes('verified: it is in effect')) child.kill('SIGINT');
    }
    const output = lines.join('\n');
    assert.deepEqual(await exited, [3, null], output);
    assert.match(output, /undone by the workflow[\s\S]*confirmed: it is gone[\s\S]*Aborted/);
    assert.match(output, /memory \(RSS\) +worker \d+[\s\S]*POST to first fault +\d/);
    const report = JSON.parse(readFileSync(join(root, 'out/demo/report.json'), 'utf8')) as Report;
    assert.deepEqual([report.campaign, report.namespace, report.verdict], ['demo-test', own.name, 'Aborted']);
    assert.ok(report.experiments[0]?.confirmedAt, 'the fault is proven gone');
    const { items } = await own.core.listNamespacedPod({ namespace: own.name });
    assert.deepEqual(
      items.map(({ metadata }) => metadata?.name),
      [],
      'redis is removed',
    );
    await assert.rejects(fetch(`http://127.0.0.1:${port}/livez`), 'the API is stopped');
    assert.equal((await runProgram(process.execPath, [join(root, 'lab/main.ts'), 'status'], root)).code, 0, 'the lab was up, and stays up');
  });
});
