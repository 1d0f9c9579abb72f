import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { RunStatus } from '../../src/contracts/control.ts';
import type { Report } from '../../src/contracts/report.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import { documentOf, expectJson, expectProblem } from '../support/api-client.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { type ProgramResult, runProgram } from '../support/run-program.ts';
import { SimulatedService } from '../support/simulated-service.ts';

const root = join(import.meta.dirname, '../..');
const json = { 'content-type': 'application/json' };
const actor = 'anna';
const experiment = 'pod-network-latency';

/** The document with more in its spec. */
const documentWith = (name: string, more: string) => documentOf(name).replace('  steps:', `${more}\n  steps:`);
const approvalFirst = (name: string) =>
  documentOf(name).replace('  steps:', '  steps:\n    - approval: { name: go-ahead, timeout: 10m, onTimeout: abort }');

// The API, the command line, Temporal and the workflows are real; the activities are simulated.
describe('steering a run', function () {
  this.timeout(180_000);
  const held = new HeldActivities();
  let service: SimulatedService;

  before(async () => {
    service = await SimulatedService.start(held.activities);
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
  });
  // A test that failed while it was stopped is not to fail those that follow.
  afterEach(() => service.startWorker());

  const isType = (type: RunEvent['type']) => (event: RunEvent) => event.type === type;
  const say = (id: string, what: string, body: object, headers: Record<string, string> = {}) =>
    service.api.post(`/v1/runs/${id}/${what}`, JSON.stringify(body), { ...json, ...headers });
  const status = async (id: string) => expectJson<RunStatus>(await service.api.get(`/v1/runs/${id}/status`), 200);
  const squall = (...argv: string[]): Promise<ProgramResult> =>
    runProgram(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/cli.ts', ...argv], root, {
      TEMPORAL_ADDRESS: service.temporal.address,
    });

  /** A run whose fault holds until it is released, once it is verified. */
  async function heldRun(name: string, document = documentOf(name)): Promise<string> {
    // Shorter than one window of observation: what is released has then been observed to its end.
    const { id } = await service.api.start(document.replace('duration: 1s', 'duration: 4m'));
    await service.api.events(id, { enough: isType('fault.verified') });
    return id;
  }

  async function ended(id: string): Promise<{ report: Report; events: RunEvent[] }> {
    const events = (await service.api.events(id)).map(({ event }) => event);
    return { report: await expectJson<Report>(await service.api.get(`/v1/runs/${id}/report`), 200), events };
  }

  const find = <Type extends RunEvent['type']>(events: RunEvent[], type: Type) =>
    events.find((event): event is Extract<RunEvent, { type: Type }> => event.type === type);

  it('pauses it, its fault undone, and resumes it', async () => {
    const id = await heldRun('held-paused');
    const paused = await expectJson<RunStatus>(await say(id, 'pause', { actor, reason: 'a deploy', faults: 'undo' }), 200);
    assert.equal(paused.phase, 'Paused');
    assert.deepEqual([paused.paused?.by, paused.paused?.reason, paused.paused?.faults], [actor, 'a deploy', 'undo']);
    await service.api.events(id, { enough: isType('fault.confirmed') });
    await expectProblem(await say(id, 'pause', { actor }), 409, 'update-rejected');
    assert.equal((await status(id)).experiments[0]?.state, 'under-way');
    assert.equal((await expectJson<RunStatus>(await say(id, 'resume', { actor: 'ben' }), 200)).paused, null);
    held.release('held-paused');
    const { report, events } = await ended(id);
    assert.equal(report.verdict, 'Passed', report.reason);
    assert.deepEqual([find(events, 'run.paused')?.actor, find(events, 'run.resumed')?.actor], [actor, 'ben']);
    assert.ok(events.filter(isType('fault.injected')).length === 2, 'injected anew for the time it had left');
    const phases = events.flatMap((event) => (event.type === 'run.phase' ? [event.phase] : []));
    assert.ok(phases.indexOf('Paused') > phases.indexOf('Running'), phases.join());
  });

  it('extends and skips an experiment', async () => {
    const id = await heldRun('held-skipped');
    await expectProblem(await say(id, 'extend', { actor, experiment: 'no-such', by: '30s' }), 409, 'update-rejected');
    await expectJson<RunStatus>(await say(id, 'extend', { actor, experiment, by: '30s' }), 200);
    await expectJson<RunStatus>(await say(id, 'skip', { actor, experiment, reason: 'seen enough' }), 200);
    const { report, events } = await ended(id);
    assert.deepEqual([find(events, 'experiment.extended')?.byMs, find(events, 'experiment.skipped')?.reason], [30_000, 'seen enough']);
    assert.equal(report.experiments[0]?.verdict, 'Skipped');
    assert.ok(report.experiments[0]?.confirmedAt, 'its fault is proven gone');
  });

  it('aborts it, with who and why in its report', async () => {
    const id = await heldRun('held-aborted');
    await expectProblem(await say(id, 'abort', { actor }), 422, 'invalid-body');
    const key = { 'idempotency-key': 'once' };
    await expectJson<RunStatus>(await say(id, 'abort', { actor, reason: 'customers notice' }, key), 200);
    const { report, events } = await ended(id);
    assert.equal(report.verdict, 'Aborted');
    assert.match(report.reason, /anna.*customers notice|customers notice.*anna/);
    assert.equal(events.filter(isType('run.abort-requested')).length, 1);
    await expectProblem(await say(id, 'abort', { actor, reason: 'again' }), 409, 'run-ended');
    await expectProblem(await say('no-such-run', 'resume', { actor }), 404, 'run-not-found');
  });

  it('answers the approval it waits at', async () => {
    const { id } = await service.api.start(approvalFirst('approved'));
    await service.api.events(id, { enough: isType('run.approval-awaited') });
    assert.equal((await status(id)).approval?.name, 'go-ahead');
    await expectJson<RunStatus>(await say(id, 'approve', { actor, approved: true }), 200);
    const { report, events } = await ended(id);
    assert.equal(report.verdict, 'Passed', report.reason);
    assert.deepEqual(find(events, 'run.approval-answered')?.approved, true);
  });

  it('settles an undo that fails: by force, and by taking it on', async () => {
    for (const by of ['force', 'acknowledge'] as const) {
      const { id } = await service.api.start(documentOf(`stuck-${by}`));
      const seen = await service.api.events(id, { enough: isType('undo.failing') });
      assert.match(
        find(
          seen.map(({ event }) => event),
          'undo.failing',
        )?.missing ?? '',
        /pods is forbidden/,
      );
      const failing = await status(id);
      assert.deepEqual([failing.phase, failing.experiments[0]?.undoFailing !== null], ['Undoing', true]);
      await expectProblem(await say(id, 'settle-undo', { actor, experiment, by }), 422, 'invalid-body');
      await expectJson<RunStatus>(await say(id, 'settle-undo', { actor, experiment, by, reason: 'the node is lost' }), 200);
      const { report, events } = await ended(id);
      const asked = find(events, 'undo.settle-requested');
      assert.deepEqual([asked?.by, asked?.actor, asked?.reason], [by, actor, 'the node is lost']);
      assert.ok(find(events, 'undo.settled'));
      if (by === 'force') assert.ok(report.experiments[0]?.confirmedAt, 'forced, then proven');
      else assert.deepEqual([report.verdict, /anna.*the node is lost/.test(JSON.stringify(report))], ['Error', true]);
    }
  });

  describe('from outside, by a stop condition', () => {
    const declared = (name: string) => documentWith(name, '  stopConditions:\n    - { webhook: alerts }');
    const alert = { status: 'firing', alerts: [{ status: 'firing', annotations: { summary: '12 % of requests fail' } }] };

    it('ends the run, with the alert as the reason', async () => {
      const id = await heldRun('held-alerted', declared('held-alerted'));
      const resolved = { status: 'resolved', alerts: [{ status: 'resolved', labels: { alertname: 'x' } }] };
      assert.deepEqual(await expectJson(await say(id, 'stop-conditions/alerts', resolved), 200), {
        ignored: 'none of the alerts is firing',
      });
      await expectProblem(await say(id, 'stop-conditions/other', alert), 404, 'stop-condition-not-found');
      await expectJson<RunStatus>(await say(id, 'stop-conditions/alerts', alert), 200);
      const { report, events } = await ended(id);
      assert.equal(report.verdict, 'Aborted');
      assert.deepEqual(find(events, 'run.abort-requested'), {
        ...find(events, 'run.abort-requested'),
        actor: 'webhook alerts',
        reason: 'stop condition alerts: 12 % of requests fail',
      });
    });

    it('is no way into a run that declares none', async () => {
      const id = await heldRun('held-undeclared');
      await expectProblem(await say(id, 'stop-conditions/alerts', alert), 404, 'stop-condition-not-found');
      held.release('held-undeclared');
      assert.equal((await ended(id)).report.verdict, 'Passed');
    });
  });

  it('says every mistake of a body, and knows its methods', async () => {
    const { errors = [] } = await expectProblem(await say('any', 'extend', { by: 3, experiment: 7, x: 1 }), 422, 'invalid-body');
    assert.deepEqual(errors.map(({ path }) => path).toSorted(), ['actor', 'by', 'experiment', 'x']);
    await expectProblem(await service.api.post('/v1/runs/any/pause', 'a: b'), 415, 'unsupported-media-type');
    await expectProblem(await service.api.post('/v1/runs/any/pause', '{', json), 400, 'bad-request');
    await expectProblem(await service.api.get('/v1/runs/any/pause'), 405, 'method-not-allowed');
    await expectProblem(await service.api.get('/v1/runs/none/status'), 404, 'run-not-found');
  });

  describe('from the command line', () => {
    it('does and tells the same, without the API', async () => {
      const id = await heldRun('held-shell');
      const paused = await squall('pause', id, '--faults', 'hold', '--actor', 'carla', '--reason', 'lunch');
      assert.equal(paused.code, 0, paused.output);
      assert.match(paused.output, /^held-shell-\S+: Paused\npaused by carla since \S+: lunch \(faults under way go on to their end\)\n/);
      const told = await squall('status', id, '--output', 'json');
      assert.deepEqual(JSON.parse(told.output), await status(id));
      const again = await squall('pause', id);
      assert.deepEqual([again.code, again.output], [1, `squall: run ${id} did not take it: it is paused already, by carla\n`]);
      assert.equal((await squall('resume', id)).code, 0);
      assert.equal((await squall('extend', id, experiment, '--by', '10s')).code, 0);
      const aborted = await squall('abort', id, '--reason', 'done for today');
      assert.equal(aborted.code, 0, aborted.output);
      const { events } = await ended(id);
      assert.match(find(events, 'run.abort-requested')?.actor ?? '', /^.+@.+$/, "the login's name and the host");
      const late = await squall('resume', id);
      assert.deepEqual([late.code, late.output], [1, `squall: run ${id} has ended\n`]);
    });

    it('says what cannot be done in a sentence', async () => {
      const none = await squall('status', 'no-such-run');
      assert.deepEqual([none.code, none.output], [1, 'squall: no run has the id "no-such-run"\n']);
      assert.equal((await squall('abort', 'any')).code, 64);
      const unreachable = await runProgram(process.execPath, ['src/cli.ts', 'status', 'any'], root, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
      assert.deepEqual([unreachable.code, /Temporal does not answer at 127\.0\.0\.1:1/.test(unreachable.output)], [69, true]);
    });
  });

  it('says that no worker takes it up, and that it may still take effect: it does', async () => {
    const id = await heldRun('held-alone');
    await service.stopWorker();
    const problem = await expectProblem(await say(id, 'pause', { actor, faults: 'hold' }), 503, 'worker-absent');
    assert.match(problem.detail, /may still take effect/);
    await expectProblem(await service.api.get(`/v1/runs/${id}/status`), 503, 'worker-absent');
    await service.startWorker();
    await service.api.events(id, { enough: isType('run.paused') });
    await expectJson<RunStatus>(await say(id, 'abort', { actor, reason: 'over' }), 200);
    await ended(id);
  });
});
