import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import type { RunResource } from '../../src/api/run-resource.ts';
import type { Activities } from '../../src/contracts/activities.ts';
import type { Campaign } from '../../src/contracts/campaign.ts';
import type { Comparison } from '../../src/contracts/comparison.ts';
import { taskQueue } from '../../src/contracts/names.ts';
import type { Report } from '../../src/contracts/report.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import { freePort } from '../../src/free-port.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { documentOf } from '../support/api-client.ts';
import { startApiProcess } from '../support/api-process.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { observationOf } from '../support/simulated-activities.ts';
import { bareEnvironment, SquallCommand, squall, squallArguments } from '../support/squall-command.ts';
import { end } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const apiEntry = join(import.meta.dirname, '../../src/api.ts');
const key = '0123456789abcdef-key';
const sgr = '\u001b[';

// The command line, the API's process, Temporal and the workflows are real; the activities are simulated.
describe('squall, by the API', function () {
  this.timeout(120_000);
  const held = new HeldActivities();
  const folder = mkdtempSync(join(tmpdir(), 'squall-cli-'));
  let temporal: TestWorkflowEnvironment;
  let stopWorker: () => Promise<void>;
  let port: number;
  let api: ChildProcess;
  let env: Record<string, string>;

  before(async () => {
    temporal = await createTemporal();
    await registerSearchAttributes(temporal.nativeConnection, 'default');
    port = await freePort();
    env = { SQUALL_API_URL: `http://127.0.0.1:${port}`, SQUALL_API_TOKEN: key, TEMPORAL_ADDRESS: temporal.address };
    const [, bundle] = await Promise.all([startApi(), bundleWorkflows()]);
    const worker = await Workers.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle: bundle,
      activities: { ...held.activities, ...halfActivities() },
      maxHeartbeatThrottleInterval: '100ms',
    });
    const working = worker.run();
    stopWorker = async () => {
      worker.shutdown();
      await working;
    };
  });
  after(async () => {
    await stopWorker?.();
    await stopApi();
    await temporal?.teardown();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Of the campaign `half`, every other sample is good, and that is enough. */
  function halfActivities(): Pick<Activities, 'makePlan' | 'observe'> {
    const isHalf = ({ name }: Campaign) => name === 'half';
    return {
      async makePlan(input) {
        const plan = await held.activities.makePlan(input);
        if ('elsewhere' in plan) return plan;
        const probes = isHalf(input.campaign) ? plan.experiments.flatMap(({ hypothesis }) => hypothesis) : [];
        for (const { tolerance } of probes) if (tolerance !== undefined) tolerance.successPercent = 50;
        return plan;
      },
      async observe(input) {
        const observation = await held.activities.observe(input);
        if (!isHalf(input.campaign)) return observation;
        const [good, bad] = [observation, observationOf(input, 5_000)].map(({ series }) => series);
        return {
          ...observation,
          series: (good ?? []).map((one, index) => ({ ...one, samples: [...one.samples, ...(bad?.[index]?.samples ?? [])] })),
        };
      },
    };
  }

  async function startApi(): Promise<void> {
    const environment = { ...bareEnvironment, TEMPORAL_ADDRESS: temporal.address, SQUALL_API_PORT: String(port), SQUALL_API_KEY: key };
    api = await startApiProcess(environment, apiEntry);
  }

  async function stopApi(): Promise<void> {
    if (api !== undefined) await end(api, 'SIGKILL');
  }

  function fileOf(name: string, document = documentOf(name)): string {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, document);
    return file;
  }

  const run = (name: string, ...more: string[]) => squall(['run', fileOf(name), '--wait', ...more], { env });

  describe('run --wait exits', () => {
    it('0 when it passed, with lines as it goes and the report at the end', async () => {
      const { code, stdout, stderr } = await run('fine', '--gate', '80');
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^run fine-\S+$/m);
      assert.match(stdout, /^ +[0-9.]+ s {2}injected /m);
      assert.match(stdout, /^fine {2}Passed$/m);
      assert.ok(!stdout.includes(sgr), 'no colours and no movements where no terminal is');
    });

    it('2 when its hypothesis did not hold, and when its score is below the gate', async () => {
      assert.equal((await run('slow-one')).code, 2);
      const document = documentOf('gated').replace('  steps:', '  gate: 100%\n  steps:');
      assert.equal((await squall(['run', fileOf('gated', document), '--wait'], { env })).code, 0);
      const half = await run('half', '--gate', '50.5');
      assert.equal(half.code, 2, half.stdout);
      assert.match(half.stderr, /the gate is not passed: the score 50 is below 50\.5/);
      assert.equal((await run('half', '--gate', '50')).code, 0);
    });

    it('3 when it was aborted', async () => {
      const command = new SquallCommand(['run', fileOf('held-abort'), '--wait'], { env });
      await command.until(/verified/);
      const [, id = ''] = /^run (\S+)$/m.exec(command.stdout) ?? [];
      const aborted = await squall(['abort', id, '--reason', 'enough'], { env });
      assert.equal(aborted.code, 0, aborted.stderr);
      assert.equal((await command.ended).code, 3);
    });

    it('4 when the chaos could not be done', async () => {
      assert.equal((await run('broken-one')).code, 4);
    });

    it('64 for what is no command or no campaign, with each mistake at its place in the file', async () => {
      const file = fileOf('bad', documentOf('bad').replace('latency: 500ms', 'latency: soon').replace('duration: 1s', 'duratoin: 1s'));
      const wrong = await squall(['run', file, '--wait'], { env });
      assert.equal(wrong.code, 64);
      assert.match(
        wrong.stderr,
        new RegExp(`${file}:\\d+:\\d+ spec.steps\\[0\\].experiment.parameters.latency: found "soon", expected a duration`),
      );
      assert.match(wrong.stderr, /duratoin.*did you mean duration\?/);
      assert.equal((await run('gate', '--gate', '101')).code, 64);
      assert.equal((await squall(['run', join(folder, 'none.yaml')], { env })).code, 64);
    });

    it('69 when the API does not answer, 1 when it lets nobody in', async () => {
      const away = await squall(['run', fileOf('away')], { env: { SQUALL_API_URL: 'http://127.0.0.1:1' } });
      assert.equal(away.code, 69);
      assert.match(away.stderr, /does not answer at http:\/\/127\.0\.0\.1:1 .*--api URL or SQUALL_API_URL/);
      const stranger = await squall(['list'], { env: { ...env, SQUALL_API_TOKEN: 'another-key-altogether' } });
      assert.equal(stranger.code, 1, stranger.stderr);
    });
  });

  it('prints the events as JSON, a line each, and as YAML, a document each', async () => {
    const { code, stdout } = await run('events', '--output', 'json');
    assert.equal(code, 0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    assert.deepEqual([events[0]?.type, events.at(-1)?.type], ['run.started', 'run.finished']);
    const again = await squall(['watch', events[0]?.runId ?? '', '--output', 'yaml'], { env });
    assert.deepEqual(
      parseAllDocuments(again.stdout).map((document) => document.toJS()),
      events,
    );
  });

  it('compares two runs of a campaign, and exits 2 when the later one is worse', async () => {
    const started = await squall(['run', fileOf('held-compared'), '--output', 'json'], { env });
    const aborted = (JSON.parse(started.stdout) as RunResource).id;
    assert.equal((await squall(['cancel', aborted], { env })).code, 0);
    assert.equal((await squall(['watch', aborted], { env })).code, 3);
    held.release('held-compared');
    const again = await squall(['retry', aborted, '--wait', '--output', 'json'], { env });
    const passed = (JSON.parse(again.stdout.split('\n')[0] ?? '') as RunEvent).runId;
    const better = await squall(['compare', aborted, passed], { env });
    assert.deepEqual([better.code, better.stderr], [0, '']);
    assert.match(better.stdout, /^held-compared: better\nbetter: the run Aborted, then Passed/);
    const worse = await squall(['compare', passed, aborted, '--output', 'json'], { env });
    assert.equal(worse.code, 2, worse.stderr);
    assert.equal((JSON.parse(worse.stdout) as Comparison).after.runId, aborted);
    const other = await squall(['run', fileOf('other'), '--wait', '--output', 'json'], { env });
    const otherId = (JSON.parse(other.stdout.split('\n')[0] ?? '') as RunEvent).runId;
    const refused = await squall(['compare', passed, otherId], { env });
    assert.deepEqual([refused.code, /expected two runs of one campaign/.test(refused.stderr)], [1, true]);
  });

  it('lists, gets, cancels and repeats runs, and keeps their reports', async () => {
    const reports = ['json', 'text', 'html', 'markdown', 'junit'].flatMap((format) => [
      '--report',
      `${format}=${join(folder, `report.${format}`)}`,
    ]);
    const { code, stderr } = await run('kept', ...reports);
    assert.equal(code, 0, stderr);
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
    assert.match(readFileSync(join(folder, 'report.junit'), 'utf8'), /<testsuite/);
    assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /<html/i);
    const told = await squall(['report', report.runId, '--output', 'yaml'], { env });
    assert.deepEqual(parseYaml(told.stdout), report);
    assert.match((await squall(['report', report.runId], { env })).stdout, /^kept {2}Passed$/m);
    const got = await squall(['get', report.runId, '--output', 'json'], { env });
    assert.equal((JSON.parse(got.stdout) as RunResource).verdict, 'Passed');
    const retried = await squall(['retry', report.runId, '--wait', '--output', 'json'], { env });
    assert.equal(retried.code, 0, retried.stderr);
    const [first] = retried.stdout.split('\n');
    assert.equal((JSON.parse(first ?? '') as Extract<RunEvent, { type: 'run.started' }>).retryOf, report.runId);

    const started = await squall(['run', fileOf('held-cancel'), '--output', 'json'], { env });
    const { id } = JSON.parse(started.stdout) as RunResource;
    assert.equal((await squall(['cancel', id], { env })).code, 0);
    assert.equal((await squall(['watch', id], { env })).code, 3);
    const again = await squall(['cancel', id], { env });
    assert.deepEqual([again.code, /has ended already/.test(again.stderr)], [1, true]);
    // Temporal's visibility lags a little.
    let ids: string[] = [];
    while (!ids.includes(id)) {
      const listed = await squall(['list', '--campaign', 'held-cancel', '--verdict', 'Aborted', '--output', 'json'], { env });
      assert.equal(listed.code, 0, listed.stderr);
      ids = (JSON.parse(listed.stdout) as RunResource[]).map((one) => one.id);
    }
    assert.match((await squall(['list', '--started-after', '1h'], { env })).stdout, /^run +on +phase +verdict/);
    assert.equal((await squall(['list', '--started-after', 'soon'], { env })).code, 64);
    const records = (await squall(['audit', id], { env })).stdout.trimEnd().split('\n');
    assert.ok(records.length > 2 && records.every((line) => typeof JSON.parse(line) === 'object'));
  });

  it('saves a campaign, starts runs of it, and forgets it', async () => {
    const campaign = JSON.stringify(parseYaml(documentOf('saved')));
    const file = fileOf(
      'nightly',
      `{apiVersion: squall.dev/v1, kind: Schedule, metadata: {name: nightly}, spec: {triggers: {cron: 0 3 * * *}, campaign: ${campaign}}}`,
    );
    const created = await squall(['schedules', 'create', file], { env });
    assert.equal(created.code, 0, created.stderr);
    assert.equal(created.stdout, 'nightly is saved: 0 3 * * * (UTC)\n');
    assert.equal((await squall(['schedules', 'create', file], { env })).code, 1, 'there is one of this name');
    assert.equal((await squall(['schedules', 'create', file, '--replace'], { env })).code, 0);
    const paused = await squall(['schedules', 'pause', 'nightly', '--actor', 'anna', '--reason', 'a move'], { env });
    assert.match(paused.stdout, /^nightly: paused by .*anna.*: a move$/m);
    assert.match((await squall(['schedules', 'list'], { env })).stdout, /^nightly +saved +default\/shop +paused/m);
    const triggered = await squall(['schedules', 'trigger', 'nightly', '--wait'], { env });
    assert.equal(triggered.code, 0, triggered.stderr);
    assert.match(triggered.stdout, /^saved {2}Passed$/m);
    assert.equal((await squall(['schedules', 'resume', 'nightly'], { env })).code, 0);
    const got = await squall(['schedules', 'get', 'nightly', '--output', 'json'], { env });
    assert.equal((JSON.parse(got.stdout) as { paused: boolean }).paused, false);
    assert.equal((await squall(['schedules', 'delete', 'nightly'], { env })).code, 0);
    assert.equal((await squall(['schedules', 'get', 'nightly'], { env })).code, 1);
  });

  it('tells what a run would do', async () => {
    const { code, stdout, stderr } = await squall(['plan', '-'], { env, input: documentOf('planned') });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^planned on 0 pods of app=cart in default\/shop, seed \S+$/m);
    assert.match(stdout, /^ {2}undo +undo pod-network-latency$/m);
    assert.match(stdout, /^a run may begin$/m);
    const rbac = await squall(['plan', '-', '--rbac'], { env, input: documentOf('planned') });
    assert.deepEqual([rbac.code, /^# cluster default$/m.test(rbac.stdout)], [0, true], rbac.stderr);
  });

  it('steers by the API, and straight to Temporal', async () => {
    const started = await squall(['run', fileOf('held-steer'), '--output', 'json'], { env });
    const { id } = JSON.parse(started.stdout) as RunResource;
    const seen = new SquallCommand(['watch', id], { env });
    await seen.until(/verified/);
    const paused = await squall(['pause', id, '--faults', 'hold', '--reason', 'lunch'], { env });
    assert.equal(paused.code, 0, paused.stderr);
    assert.match(paused.stdout, /: Paused$/m);
    const again = await squall(['pause', id], { env });
    assert.deepEqual([again.code, /paused already/.test(again.stderr)], [1, true]);
    // What is at SQUALL_API_URL does not answer: --direct goes past it.
    const direct = await squall(['resume', id, '--direct'], { env: { ...env, SQUALL_API_URL: 'http://127.0.0.1:1' } });
    assert.equal(direct.code, 0, direct.stderr);
    assert.match((await squall(['status', id], { env })).stdout, new RegExp(`^${id}: Running$`, 'm'));
    held.release('held-steer');
    assert.equal((await seen.ended).code, 0);
    assert.match(seen.stdout, /paused by .*: lunch/);
  });

  it('throws and lifts the kill switch by the API', async () => {
    const halted = await squall(['halt', '--reason', 'an incident', '--output', 'json'], { env });
    assert.equal(halted.code, 0, halted.stderr);
    assert.deepEqual(JSON.parse(halted.stdout), [{ cluster: 'default', state: 'halted', runs: [] }]);
    assert.match((await squall(['holds'], { env })).stdout, /halted by .* an incident/);
    assert.equal((await squall(['lift'], { env })).code, 0);
    assert.ok(!(await squall(['holds', '--direct'], { env })).stdout.includes('halted'));
  });

  it('watches on when the API was killed and is back, and misses nothing', async () => {
    const command = new SquallCommand(['run', fileOf('held-watch'), '--wait', '--output', 'json'], { env });
    await command.until(/"fault.verified"/);
    await stopApi();
    await command.until(/the API is away/);
    held.release('held-watch');
    await startApi();
    const { code, stdout, stderr } = await command.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the API is back/);
    const types = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as RunEvent).type);
    assert.equal(types.filter((type) => type === 'fault.verified').length, 1);
    for (const type of ['fault.reverted', 'fault.confirmed', 'run.validated', 'run.finished'] as const)
      assert.ok(types.includes(type), type);
  });

  it('gives up on an API that stays away, and says that the run goes on', async () => {
    const command = new SquallCommand(['run', fileOf('held-lost'), '--wait', '--give-up-after', '1s'], { env });
    await command.until(/verified/);
    await stopApi();
    const { code, stderr } = await command.ended;
    await startApi();
    assert.equal(code, 69);
    assert.match(stderr, /the run goes on without being watched\. Follow it: squall watch held-lost-/);
    held.release('held-lost');
  });

  it('leaves a run to itself at the first Ctrl-C, or cancels it and stays', async () => {
    const left = new SquallCommand(['run', fileOf('held-left'), '--wait'], { env });
    await left.until(/verified/);
    left.child.kill('SIGINT');
    const { code, stderr } = await left.ended;
    assert.equal(code, 130);
    assert.match(stderr, /run held-left-\S+ goes on\. .*cancel it: squall cancel held-left-/);
    held.release('held-left');
    const cancelled = new SquallCommand(['run', fileOf('held-gone'), '--wait', '--cancel-on-interrupt'], { env });
    await cancelled.until(/verified/);
    cancelled.child.kill('SIGINT');
    assert.equal((await cancelled.ended).code, 3, cancelled.stderr);
    assert.match(cancelled.stdout, /undone by the workflow/);
  });

  describe('on a terminal', () => {
    /** The command on a terminal of its own, of script(1), 72 columns wide. */
    function onTerminal(words: string[], more: Record<string, string> = {}) {
      const line = [process.execPath, ...squallArguments, ...words].map((word) => `'${word}'`).join(' ');
      const child = spawn('script', ['-qfec', `stty cols 72 rows 20; tty; exec ${line}`, '/dev/null'], {
        env: { ...bareEnvironment, ...env, TERM: 'xterm', LANG: 'C.UTF-8', SHELL: '/bin/sh', ...more },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const seen = { output: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.output += text));
      const ended = once(child, 'close').then(([code]) => Number(code));
      const until = async (pattern: RegExp) => {
        while (!pattern.test(seen.output)) {
          assert.equal(child.exitCode, null, seen.output);
          await Promise.race([once(child.stdout, 'data'), ended]);
        }
      };
      return { child, seen, ended, until };
    }

    it('draws a tree with timers that no line of is too wide, redraws it when resized, and leaves the cursor', async () => {
      const { seen, ended, until } = onTerminal(['run', fileOf('held-tree'), '--wait']);
      await until(/fault in effect.* [1-9]\d* s/);
      assert.match(seen.output, /⠋|⠙|⠹|⠸|⠼/);
      assert.ok(seen.output.includes(`${sgr}33m`), 'it is in colours');
      const [, terminal = ''] = /^(\/dev\/\S+)/m.exec(seen.output) ?? [];
      const stty = spawn('stty', ['-F', terminal, 'cols', '44']);
      await once(stty, 'exit');
      seen.output = '';
      // The first may be of before.
      await until(/held-tree[\s\S]*held-tree[\s\S]*held-tree/);
      const frames = seen.output.split(`${sgr}0J`).slice(2);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of the terminal
      const widths = frames.flatMap((frame) => frame.split(/\r?\n/)).map((line) => line.replaceAll(/\u001b\[[?0-9;]*[a-zA-Z]/g, '').length);
      assert.ok(Math.max(...widths) <= 44, `a line of ${Math.max(...widths)} columns`);
      held.release('held-tree');
      assert.equal(await ended, 0, seen.output);
      assert.ok(seen.output.lastIndexOf(`${sgr}?25h`) > seen.output.lastIndexOf(`${sgr}?25l`), 'the cursor is shown again');
      assert.match(seen.output, /✔/);
    });

    it('has no colours with NO_COLOR, and plain lines where CI is set', async () => {
      const plain = onTerminal(['run', fileOf('no-color'), '--wait'], { NO_COLOR: '1' });
      assert.equal(await plain.ended, 0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours
      assert.doesNotMatch(plain.seen.output, /\u001b\[[0-9;]*m/);
      const ci = onTerminal(['run', fileOf('in-ci'), '--wait'], { CI: 'true' });
      assert.equal(await ci.ended, 0);
      assert.ok(!ci.seen.output.includes(`${sgr}0J`));
      assert.match(ci.seen.output, / s {2}.*injected/);
    });

    it('takes Ctrl-C from the keyboard', async () => {
      const { child, seen, ended, until } = onTerminal(['run', fileOf('held-key'), '--wait']);
      await until(/fault in effect/);
      child.stdin.write('\u0003');
      assert.equal(await ended, 130, seen.output);
      assert.match(seen.output, /goes on\. Follow it: squall watch held-key-/);
      held.release('held-key');
    });
  });
});
