import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { type Schemathesis, schemathesis } from '../../lab/artifacts/schemathesis.ts';
import { Progress } from '../../lab/progress.ts';
import { taskQueue } from '../../src/contracts/names.ts';
import { freePort } from '../../src/free-port.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { runProgram } from '../support/run-program.ts';
import { simulatedActivities } from '../support/simulated-activities.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const root = join(import.meta.dirname, '../..');
const key = '0123456789abcdef-key';

// A real API process that asks for a key, a real Temporal and the real workflows; the activities are simulated. Some 1,800 requests
// that Schemathesis makes of the specification, good ones and bad ones: test/conformance/schemathesis.toml says which.
describe('the API and its specification', function () {
  this.timeout(300_000);
  let tool: Schemathesis;
  let temporal: TestWorkflowEnvironment;
  let worker: Workers;
  let working: Promise<void>;
  let api: ChildProcess;
  let url: string;
  let directory: string;

  before(async () => {
    tool = await schemathesis(new Progress());
    temporal = await createTemporal();
    await registerSearchAttributes(temporal.nativeConnection, 'default');
    worker = await Workers.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle: await bundleWorkflows(),
      activities: simulatedActivities([]),
    });
    working = worker.run();
    const port = String(await freePort());
    api = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/api.ts')], {
      env: {
        PATH: process.env.PATH,
        TEMPORAL_ADDRESS: temporal.address,
        SQUALL_API_PORT: port,
        SQUALL_API_KEY: key,
        // So many requests from one caller would be too many.
        SQUALL_API_RATE_LIMIT: '0',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(api.stdout as NodeJS.ReadableStream);
    await once(lines, 'line');
    url = `http://127.0.0.1:${port}`;
    directory = await mkdtemp(join(tmpdir(), 'squall-schemathesis-'));
  });
  after(async () => {
    api?.kill('SIGKILL');
    worker?.shutdown();
    await working;
    await temporal?.teardown();
    await rm(directory, { recursive: true, force: true });
  });

  it('agree, whatever is sent', async () => {
    const [python, ...module] = tool.command;
    const config = join(root, 'test/conformance/schemathesis.toml');
    const args = [...module, '--no-color', '--config-file', config, 'run', `${url}/openapi.json`, '--checks', 'all'];
    // What it writes for itself goes where it is run.
    const { code, output } = await runProgram(python, args, directory, { ...tool.env, SQUALL_API_KEY: key });
    assert.equal(code, 0, output);
    const [, generated] = /([0-9]+) generated/.exec(output) ?? [];
    assert.ok(Number(generated) > 1_000, output);
    const [, selected, tested] = /Selected: ([0-9]+)\/[0-9]+\s+Tested: ([0-9]+)/.exec(output) ?? [];
    assert.equal(tested, selected, output);
  });
});
