import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Browser, Page } from 'playwright-core';
import { makeApiKey } from '../../src/api/auth/api-key.ts';
import { taskQueue } from '../../src/contracts/names.ts';
import type { Report } from '../../src/contracts/report.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import { freePort } from '../../src/free-port.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { Workers } from '../../src/worker/workers.ts';
import { ApiClient, documentOf, expectJson } from '../support/api-client.ts';
import { startApiProcess } from '../support/api-process.ts';
import { ApiServer } from '../support/api-server.ts';
import { accessibilityViolations, openBrowser, overflowOf, screenshots } from '../support/browser.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { bareEnvironment } from '../support/squall-command.ts';
import { end } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

const apiEntry = join(import.meta.dirname, '../../src/api.ts');
const boundMs = 90_000;
const narrow = { width: 360, height: 740 };
const wide = { width: 1200, height: 900 };

// The browser, the API's process, Temporal and the workflows are real; the activities are simulated.
describe('the pages', function () {
  this.timeout(600_000);
  const held = new HeldActivities();
  const keys = { operator: makeApiKey(), approver: makeApiKey(), viewer: makeApiKey() };
  const complaints: string[] = [];
  let folder: string;
  let temporal: TestWorkflowEnvironment;
  let stopWorker: () => Promise<void>;
  let port: number;
  let child: ChildProcess | undefined;
  let api: ApiClient;
  let browser: Browser;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'squall-pages-'));
    const key = (name: keyof typeof keys) => ({
      name,
      sha256: keys[name].sha256,
      grants: [{ role: name, clusters: 'default', namespaces: 'shop' }],
    });
    writeFileSync(join(folder, 'auth.yaml'), JSON.stringify({ keys: [key('operator'), key('approver'), key('viewer')] }));
    temporal = await createTemporal();
    await registerSearchAttributes(temporal.nativeConnection, 'default');
    port = await freePort();
    const [opened, bundle] = await Promise.all([openBrowser(), bundleWorkflows(), startApi()]);
    browser = opened;
    api = new ApiClient(origin(), { authorization: `Bearer ${keys.operator.key}` });
    const worker = await Workers.create({
      connection: temporal.nativeConnection,
      taskQueue,
      workflowBundle: bundle,
      activities: held.activities,
      maxHeartbeatThrottleInterval: '100ms',
    });
    const working = worker.run();
    stopWorker = async () => {
      worker.shutdown();
      await working;
    };
  });
  after(async () => {
    await browser?.close();
    await stopWorker?.();
    await stopApi();
    await temporal?.teardown();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => assert.deepEqual(complaints.splice(0), []));

  const origin = () => `http://127.0.0.1:${port}`;

  async function startApi(): Promise<void> {
    const env = {
      ...bareEnvironment,
      TEMPORAL_ADDRESS: temporal.address,
      SQUALL_API_PORT: String(port),
      SQUALL_AUTH_FILE: join(folder, 'auth.yaml'),
    };
    child = await startApiProcess(env, apiEntry);
  }

  async function stopApi(): Promise<void> {
    if (child !== undefined) await end(child, 'SIGKILL');
  }

  /** A tab in which somebody has signed in, or nobody has. What the page complains of fails the test. */
  async function open(path: string, who: keyof typeof keys | null, base = origin()): Promise<Page> {
    const page = await browser.newPage({ viewport: wide });
    page.setDefaultTimeout(boundMs);
    page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`));
    page.on('response', (response) => {
      if (response.status() === 500) complaints.push(`${response.url()} answered 500`);
    });
    page.on('console', (message) => {
      // The browser itself writes down each answer that is none, and each connection that is lost.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(`${path}: ${message.text()}`);
    });
    if (who !== null) await page.addInitScript(`sessionStorage.setItem('squall-key', '${keys[who].key}')`);
    await page.goto(`${base}${path}`);
    return page;
  }

  const heading = (page: Page, text: string | RegExp) => page.getByRole('heading', { level: 1, name: text }).waitFor();
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const phase = (page: Page, text: string) => page.locator('[data-phase]', { hasText: text }).waitFor();
  const isType = (type: RunEvent['type']) => (event: RunEvent) => event.type === type;

  async function heldRun(name: string): Promise<string> {
    const { id } = await api.start(documentOf(name).replace('duration: 1s', 'duration: 4m'));
    await api.events(id, { enough: isType('fault.verified') });
    return id;
  }

  async function endedRun(name: string): Promise<Report> {
    const { id } = await api.start(documentOf(name));
    await api.events(id);
    return expectJson<Report>(await api.get(`/v1/runs/${id}/report`), 200);
  }

  /** Nothing is wrong with it in light and in dark, and it fits a narrow screen. */
  async function assertGood(page: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await accessibilityViolations(page), [], `${name}, ${colorScheme}`);
      await page.screenshot({ path: `${screenshots}page-${name}-${colorScheme}.png`, fullPage: true });
    }
    await page.setViewportSize(narrow);
    assert.ok((await overflowOf(page)) <= 0, `${name} is ${await overflowOf(page)} px wider than a screen of ${narrow.width}`);
    await page.screenshot({ path: `${screenshots}page-${name}-narrow.png`, fullPage: true });
    await page.setViewportSize(wide);
  }

  it('say nothing without a key, and keep it in the tab alone', async () => {
    const served = await fetch(`${origin()}/runs`);
    assert.match(served.headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'self'/);
    assert.equal(served.headers.get('set-cookie'), null);
    await using page = await open('/runs', null);
    await heading(page, 'Sign in');
    await page.getByLabel('API key').fill('squall_wrong');
    await button(page, 'Sign in').click();
    await page.getByRole('alert').getByText('squall does not know the key').waitFor();
    assert.deepEqual(await accessibilityViolations(page), []);
    await page.getByLabel('API key').fill(keys.viewer.key);
    await button(page, 'Sign in').click();
    await heading(page, 'Runs');
    assert.deepEqual(await page.evaluate('[localStorage.length, document.cookie]'), [0, '']);
    await page.reload();
    await heading(page, 'Runs');
    await button(page, 'Sign out').click();
    await heading(page, 'Sign in');
  });

  it('follow a run, steer it, outlive the API, and end with its report', async () => {
    const id = await heldRun('held-watched');
    await using page = await open(`/runs/${id}`, 'operator');
    await page.evaluate('window.neverReloaded = true');
    await phase(page, 'Running');
    const row = page.locator('[data-experiment]');
    await row.getByText('fault in effect').waitFor();
    assert.match((await row.locator('[data-timer]').textContent()) ?? '', /^[0-4]:\d\d$/);
    await assertGood(page, 'live');

    const reason = '<img src=x onerror="document.title=1"> & a deploy';
    await page.getByLabel('Reason').fill(reason);
    await button(page, 'Pause').click();
    await phase(page, 'Paused');
    await page.getByText(reason).waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await row.getByText('fault gone').waitFor();

    await stopApi();
    await page.getByText('The API is away').waitFor();
    await startApi();
    await page.getByText('Live: this page follows the run.').waitFor();
    const resume = page.locator('[data-event="run.resumed"]');
    await button(page, 'Resume').click();
    await resume.waitFor();
    assert.equal(await page.locator('[data-event="run.paused"]').count(), 1, 'taken up where it was, nothing told twice');

    held.release('held-watched');
    await page.getByText('Passed').first().waitFor();
    await page.getByRole('heading', { name: /pod-network-latency.*Passed/ }).waitFor();
    assert.equal(await page.evaluate('window.neverReloaded'), true);
    const served = await api.get(`/v1/runs/${id}/report`, { accept: 'text/html' });
    assert.match(served.headers.get('content-security-policy') ?? '', /^default-src 'none'(?!.*script-src)/);
    const shade = `getComputedStyle(document.querySelector('#page')).getPropertyValue('--fault-shade')`;
    assert.notEqual(await page.evaluate(shade), '', "the report's own styles came with it");
    await assertGood(page, 'report');
  });

  it('show each caller what it may do, and the approver how to answer', async () => {
    const { id } = await api.start(
      documentOf('approved-on-a-page').replace('  steps:', '  steps:\n    - approval: { name: go-ahead, timeout: 10m, onTimeout: abort }'),
    );
    await api.events(id, { enough: isType('run.approval-awaited') });
    const pages = {
      viewer: await open(`/runs/${id}`, 'viewer'),
      operator: await open(`/runs/${id}`, 'operator'),
      approver: await open(`/runs/${id}`, 'approver'),
    };
    const seen: Record<string, string[]> = {};
    for (const [who, page] of Object.entries(pages)) {
      await page.getByText(/It waits for approval of go-ahead, for \d+:\d\d more/).waitFor();
      seen[who] = await page.locator('article').getByRole('button').allTextContents();
    }
    assert.deepEqual(seen, { viewer: [], operator: ['Abort'], approver: ['Approve', 'Reject'] });
    await button(pages.approver, 'Approve').click();
    for (const page of Object.values(pages)) await page.getByRole('heading', { name: /pod-network-latency.*Passed/ }).waitFor();
    await Promise.all(Object.values(pages).map((page) => page.close()));
  });

  it('abort a run once it is said why', async () => {
    const id = await heldRun('held-aborted-on-a-page');
    await using page = await open(`/runs/${id}`, 'operator');
    await button(page, 'Abort').click();
    await page.getByRole('alert').getByText('Say why it is aborted').waitFor();
    await page.getByLabel('Reason').fill('customers notice');
    await button(page, 'Abort').click();
    await page
      .getByText(/customers notice/)
      .first()
      .waitFor();
    await page.getByRole('heading', { level: 1, name: /Aborted/ }).waitFor();
    const { verdict, reason } = await expectJson<Report>(await api.get(`/v1/runs/${id}/report`), 200);
    assert.deepEqual([verdict, /key:operator.*customers notice|customers notice.*key:operator/.test(reason)], ['Aborted', true]);
  });

  it('ask for a name where nobody is asked for a key', async () => {
    await using server = await ApiServer.start(temporal.address);
    const id = await heldRun('held-nameless');
    await using page = await open(`/runs/${id}`, null, server.url);
    await button(page, 'Pause').click();
    await page.getByLabel('Your name').fill('anna');
    await button(page, 'Pause').click();
    await page.locator('[data-event="run.paused"]', { hasText: 'by anna' }).waitFor();
    assert.equal(await page.locator('[data-event="run.paused"]').count(), 1, 'nothing was sent without a name');
    await button(page, 'Resume').click();
    held.release('held-nameless');
    await page.getByRole('heading', { name: /pod-network-latency.*Passed/ }).waitFor();
  });

  it('list runs, draw their scores, and set two beside each other', async () => {
    const [first, second] = [await endedRun('charted'), await endedRun('charted')];
    await using page = await open('/runs?campaign=charted', 'viewer');
    // Temporal's visibility lags a little.
    const figure = page.getByRole('img', { name: 'Scores over time' });
    for (const end = Date.now() + boundMs; (await figure.count()) === 0; await page.reload()) {
      await heading(page, 'Runs');
      assert.ok(Date.now() < end, 'the list tells of both runs');
    }
    await page.getByText('charted: 2 runs, 100 to 100, last 100').waitFor();
    assert.equal(await page.locator('tbody tr').count(), 2);
    await assertGood(page, 'list');
    await page.getByLabel(`before: ${first.runId}`).check();
    await page.getByLabel(`after: ${second.runId}`).check();
    await button(page, 'Compare the two chosen').click();
    await heading(page, /charted: two runs/);
    await page.getByText('too few samples to tell').first().waitFor();
    await assertGood(page, 'comparison');
    await page.getByRole('link', { name: second.runId }).click();
    await page.getByRole('link', { name: 'Compare with the run before' }).click();
    await page.waitForURL(`**/compare?a=${first.runId}&b=${second.runId}`);
    await page.goto(`${origin()}/runs?verdict=Failed`);
    await page.getByText('There is no such run.').waitFor();
    await page.getByLabel('Verdict').selectOption('Passed');
    await button(page, 'Filter').click();
    await page.getByRole('link', { name: first.runId }).waitFor();
    await page.goto(`${origin()}/runs?campaign=charted&limit=1`);
    await page.getByRole('link', { name: 'Earlier runs' }).click();
    await page.getByRole('link', { name: first.runId }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    await page.goto(`${origin()}/runs/no-such-run`);
    await page.getByRole('alert').getByText('There is no such run').waitFor();
  });
});
