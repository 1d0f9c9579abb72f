import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { parse, parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import { makeApiKey } from '../../src/api/auth/api-key.ts';
import { AuthSource } from '../../src/api/auth/auth-source.ts';
import type { triggered } from '../../src/api/schemas/schedule.ts';
import { parseSchedule } from '../../src/schedules/document.ts';
import { documentOf, expectJson, expectProblem } from '../support/api-client.ts';
import { HeldActivities } from '../support/held-activities.ts';
import { runProgram } from '../support/run-program.ts';
import { SimulatedService } from '../support/simulated-service.ts';

type Triggered = z.output<typeof triggered>;

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, 'examples', path), 'utf8');

// What Argo CD, Flux and CI send or run, as the examples configure them, against the real API, Temporal and command line; a run's
// activities are simulated.
describe('GitOps and CI', function () {
  this.timeout(60_000);
  let service: SimulatedService;
  const directory = mkdtempSync(join(tmpdir(), 'squall-gitops-'));
  const secret = randomBytes(32);
  const { key, sha256 } = makeApiKey();

  before(async () => {
    const grants = '[{role: operator, clusters: "*", namespaces: shop}]';
    writeFileSync(
      join(directory, 'auth.yaml'),
      `keys: [{name: argo, sha256: ${sha256}, grants: ${grants}}]
webhooks: [{name: flux, secrets: whsec_${secret.toString('base64')}, grants: ${grants}}]
`,
    );
    service = await SimulatedService.start(new HeldActivities().activities, {
      auth: new AuthSource(join(directory, 'auth.yaml'), pino({ level: 'silent' })),
    });
    const saving = await post('/v1/schedules', read('gitops/schedule.yaml'), { 'content-type': 'application/yaml' });
    assert.equal((await expectJson<{ savedBy: string }>(saving, 201)).savedBy, 'key:argo');
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  const post = (path: string, body: string, headers: Record<string, string>) =>
    fetch(`${service.server.url}${path}`, {
      method: 'POST',
      body,
      headers: 'x-signature' in headers ? headers : { authorization: `Bearer ${key}`, ...headers },
    });

  it('the saved campaign of the example is one, with each of its triggers', () => {
    const parsed = parseSchedule(read('gitops/schedule.yaml'));
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const { onRollout, webhook, calendar } = parsed.schedule.triggers;
    assert.deepEqual(onRollout, { cluster: 'default', namespace: 'shop', kind: 'StatefulSet', name: 'redis' });
    assert.deepEqual([webhook, calendar.length, parsed.schedule.campaign.gate], [true, 1, 80]);
  });

  it('Argo CD starts a run once for each revision, by the template of the example', async () => {
    const [map] = parseAllDocuments(read('gitops/argo-cd-notification.yaml')).map(
      (document) => document.toJS() as { data: Record<string, string> },
    );
    const service = parse(map?.data['service.webhook.squall'] ?? '') as { url: string; headers: { name: string; value: string }[] };
    const template = parse(map?.data['template.squall-rollout'] ?? '') as {
      webhook: { squall: { method: string; path: string; body: string } };
    };
    const { path, body } = template.webhook.squall;
    // As Argo CD fills the template in, and the secret.
    const headers = Object.fromEntries(service.headers.map(({ name, value }) => [name.toLowerCase(), value.replace('$squall-key', key)]));
    const fill = (revision: string) =>
      body.replaceAll(/\{\{\.app\.([A-Za-z.]+)\}\}/g, (_, field: string) =>
        field.endsWith('revision') ? revision : field.endsWith('name') ? 'redis' : field,
      );
    const deployed = async (revision: string) => expectJson<Triggered>(await post(path, fill(revision), headers), 202);
    const [first, again, next] = [await deployed('a1b2c3'), await deployed('a1b2c3'), await deployed('d4e5f6')];
    assert.deepEqual([first.isNew, again.isNew, next.isNew], [true, false, true]);
    assert.equal(again.run.id, first.run.id);
    assert.equal(first.run.startedBy, 'schedule redis-on-rollout: Argo CD: redis synced to a1b2c3 (key:argo)');
  });

  it('Flux starts a run once for each revision, signed as its provider generic-hmac does', async () => {
    // As fluxcd/notification-controller sends an event (internal/notifier/forwarder.go), with the fields of fluxcd/pkg/apis/event.
    const event = (revision: string, more: object = {}) =>
      JSON.stringify({
        involvedObject: {
          kind: 'Kustomization',
          namespace: 'flux-system',
          name: 'redis',
          uid: 'u',
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          resourceVersion: '7',
        },
        severity: 'info',
        timestamp: '2030-01-02T03:04:05Z',
        message: 'Reconciliation finished in 77ms, next run in 10m0s',
        reason: 'ReconciliationSucceeded',
        metadata: { revision },
        reportingController: 'kustomize-controller',
        reportingInstance: 'kustomize-controller-7f',
        ...more,
      });
    const send = (body: string, by: Buffer = secret) => {
      const signature = `sha256=${createHmac('sha256', by).update(body).digest('hex')}`;
      return post('/v1/triggers/redis-on-rollout', body, {
        'content-type': 'application/json',
        'gotk-component': 'kustomize-controller',
        'x-signature': signature,
      });
    };
    const first = await expectJson<Triggered>(await send(event('main@sha1:aa')), 202);
    const again = await expectJson<Triggered>(await send(event('main@sha1:aa', { timestamp: '2030-01-02T03:14:05Z' })), 202);
    assert.deepEqual([first.isNew, again.isNew, again.run.id], [true, false, first.run.id]);
    assert.equal(first.run.startedBy, 'schedule redis-on-rollout: Flux: Kustomization flux-system/redis at main@sha1:aa (webhook:flux)');
    for (const more of [{ severity: 'error', reason: 'HealthCheckFailed' }, { reason: 'Progressing' }]) {
      assert.equal((await send(event('main@sha1:bb', more))).status, 200);
    }
    await expectProblem(await send(event('main@sha1:cc'), randomBytes(32)), 401, 'unauthorized');
    // A signature of the body alone says nothing of when: it is taken by triggers only.
    const body = '{"actor":"flux"}';
    const signed = {
      'content-type': 'application/json',
      'x-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    };
    await expectProblem(await post('/v1/schedules/redis-on-rollout/pause', body, signed), 401, 'unauthorized');
  });

  it('the commands of the CI examples exit 0 at a score of 80 or more, and 2 below', async () => {
    const bin = join(directory, 'bin');
    mkdirSync(join(directory, 'chaos'), { recursive: true });
    mkdirSync(bin, { recursive: true });
    writeFileSync(
      join(bin, 'squall'),
      `#!/bin/sh\nexec ${process.execPath} --disable-warning=ExperimentalWarning ${root}/src/cli.ts "$@"\n`,
    );
    chmodSync(join(bin, 'squall'), 0o755);
    const actions = parse(read('ci/github-actions.yml')) as { jobs: { resilience: { steps: { run?: string }[] } } };
    const gitlab = parse(read('ci/gitlab-ci.yml')) as { resilience: { script: string[] } };
    const commands = [
      actions.jobs.resilience.steps.at(-1)?.run ?? '',
      gitlab.resilience.script.join('\n'),
      `${join(root, 'examples/ci/squall-gate.sh')} chaos/campaign.yaml`,
    ];
    const gate = async (campaign: string) => {
      writeFileSync(join(directory, 'chaos/campaign.yaml'), documentOf(campaign));
      const env = { PATH: `${bin}:${process.env.PATH}`, SQUALL_API_URL: service.server.url, SQUALL_API_TOKEN: key, CI: 'true' };
      const done = await Promise.all(commands.map((command) => runProgram('sh', ['-ec', command], directory, env)));
      return done.map(({ code, output }) => ({ code, output }));
    };
    const passed = await gate('plain-gate');
    assert.deepEqual(
      passed.map(({ code }) => code),
      [0, 0, 0],
      JSON.stringify(passed),
    );
    const failed = await gate('slow-gate');
    assert.deepEqual(
      failed.map(({ code }) => code),
      [2, 2, 2],
      JSON.stringify(failed),
    );
  });
});
