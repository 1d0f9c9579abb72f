import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { taskQueue } from '../../src/contracts/names.ts';
import type { Report } from '../../src/contracts/report.ts';
import { freePort } from '../../src/free-port.ts';
import { makeCodecKey } from '../../src/security/codec-keys.ts';
import { type Encryption, openEncryption } from '../../src/temporal/data-converter.ts';
import { decodePayloads } from '../../src/temporal/decode-payloads.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { ApiClient, documentOf, expectJson } from '../support/api-client.ts';
import { ApiServer } from '../support/api-server.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { keptByTemporal, readable } from '../support/readable.ts';
import { createTemporal } from '../support/temporal.ts';
import { WebUi } from '../support/web-ui.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

// The API, Temporal and the workflows are real; the activities are simulated.
describe('encrypted runs', function () {
  this.timeout(300_000);
  const [first, second] = [makeCodecKey(), makeCodecKey()];
  let folder: string;
  let temporal: TestWorkflowEnvironment;
  let worker: Workers;
  let working: Promise<void>;
  let encryption: Encryption;
  let uiUrl: string;
  let apiPort: number;

  function encryptionOf(...keys: [string, string][]): Encryption {
    const path = join(folder, `${keys.map(([id]) => id).join('-')}.yaml`);
    writeFileSync(path, JSON.stringify({ keys: keys.map(([id, key]) => ({ id, key })) }));
    return openEncryption(path, pino({ level: 'silent' }));
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'squall-encrypted-'));
    const uiPort = await freePort();
    uiUrl = `http://127.0.0.1:${uiPort}`;
    apiPort = await freePort();
    temporal = await createTemporal({ uiPort, codecEndpoint: `http://127.0.0.1:${apiPort}/codec` });
    await registerSearchAttributes(temporal.nativeConnection, 'default');
    encryption = encryptionOf(['old', first]);
    const { dataConverter } = encryption;
    worker = await Workers.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle: await bundleWorkflows([], dataConverter.failureConverterPath),
      dataConverter,
      activities: new HeldActivities().activities,
    });
    working = worker.run();
  });
  after(async () => {
    worker?.shutdown();
    await working;
    await temporal?.teardown();
    encryption?.[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  async function finished(api: ApiClient, id: string): Promise<void> {
    await api.events(id, { enough: ({ type }) => type === 'run.finished' });
  }

  it('leave nothing readable with Temporal, and are read by the API as ever', async () => {
    await using server = await ApiServer.start(temporal.address, { dataConverter: encryption.dataConverter });
    const api = new ApiClient(server.url);
    const run = await api.start(documentOf('sealed'));
    await finished(api, run.id);
    const kept = await keptByTemporal(temporal.connection, run.id);
    const words = [
      'app=cart',
      'latencyMs',
      'kind: Campaign',
      'apiVersion',
      '192.0.2.1',
      'do pod-network-latency',
      run.startedAt.slice(0, 16),
    ];
    const seen = readable(kept);
    // Search attributes, ids and types stay readable: runs are listed by them.
    for (const word of words) assert.ok(!seen.includes(word), `${word} is readable`);
    assert.ok(seen.includes('binary/encrypted'));
    // It is all there, and was looked for in the right way.
    for (const each of kept) await decodePayloads(each, encryption.codec === null ? [] : [encryption.codec]);
    for (const word of words) assert.ok(readable(kept).includes(word), `${word} is not there at all`);
    const report = await expectJson<Report>(await api.get(`/v1/runs/${run.id}/report`), 200);
    assert.match(JSON.stringify(report), /latencyMs/);
    const events = await api.events(run.id);
    assert.ok(events.some(({ event }) => event.type === 'run.started'));
  });

  it('hide why they failed from Temporal, and not from the API', async () => {
    await using server = await ApiServer.start(temporal.address, { dataConverter: encryption.dataConverter });
    const api = new ApiClient(server.url);
    const run = await api.start(documentOf('broken-sealed'));
    const events = await api.events(run.id);
    const seen = readable(await keptByTemporal(temporal.connection, run.id));
    assert.ok(!seen.includes('did not answer'), 'the failure is readable');
    assert.ok(seen.includes('Encoded failure'));
    assert.match(JSON.stringify(events), /the cluster did not answer/);
  });

  it("are shown by Temporal's Web UI, in a browser, by the API's codec endpoint", async () => {
    await using server = await ApiServer.start(temporal.address, { dataConverter: encryption.dataConverter, port: apiPort, uiUrl });
    const api = new ApiClient(server.url);
    const run = await api.start(documentOf('sealed-and-shown'));
    await finished(api, run.id);
    await using ui = await WebUi.open(uiUrl);
    await ui.show(run.id);
    await ui.awaitText(/app=cart/);
    await ui.screenshot('web-ui-decoded');
    await ui.show(run.id, 'metadata');
    await ui.awaitDetails(/score 100 %/);
  });

  it('are still read when their key has been replaced, and not without it', async () => {
    using rotated = encryptionOf(['new', second], ['old', first]);
    using lost = encryptionOf(['new', second]);
    await using before = await ApiServer.start(temporal.address, { dataConverter: encryption.dataConverter });
    const run = await new ApiClient(before.url).start(documentOf('rotated'));
    await finished(new ApiClient(before.url), run.id);
    await using after = await ApiServer.start(temporal.address, { dataConverter: rotated.dataConverter });
    assert.equal((await new ApiClient(after.url).get(`/v1/runs/${run.id}/report`)).status, 200);
    await using blind = await ApiServer.start(temporal.address, { dataConverter: lost.dataConverter });
    assert.equal((await new ApiClient(blind.url).get(`/v1/runs/${run.id}/report`)).status, 500);
  });
});
