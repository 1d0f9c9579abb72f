import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { present } from '../../../lab/packages.ts';
import { readConfig } from '../../../src/config.ts';
import { runProgram } from '../../support/run-program.ts';
import { skip } from '../../support/skip.ts';

const root = join(import.meta.dirname, '../../..');

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  secrets?: string[];
  depends_on?: Record<string, unknown>;
  privileged?: boolean;
  read_only?: boolean;
  cap_drop?: string[];
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, unknown>;
}

describe('docker-compose.yml', function () {
  this.timeout(60_000);
  const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose;
  const services = Object.entries(compose.services);
  const own = services.filter(([, { image }]) => image === 'squall:dev');

  it('is as the Compose specification has it', () => {
    // Of github.com/compose-spec/compose-go 2.9.1, whose licence is Apache-2.0.
    // Its $schema is draft 7 by an address that no validator knows it by.
    const { $schema: _, ...schema } = JSON.parse(readFileSync(join(root, 'test/fixtures/compose-spec.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    assert.ok(validate(compose), JSON.stringify(validate.errors, null, 1));
    assert.equal(validate({ services: { api: { imagee: 'squall' } } }), false);
  });

  it('mounts and names nothing that is not there', () => {
    const missing = services.flatMap(([name, { volumes = [], secrets = [], depends_on: needed = {} }]) => [
      ...volumes.flatMap((volume) => {
        const [source = ''] = volume.split(':');
        const there = source.startsWith('.') ? existsSync(join(root, source)) : Object.hasOwn(compose.volumes, source);
        return there ? [] : [`${name}: ${source}`];
      }),
      ...secrets.filter((secret) => !Object.hasOwn(compose.secrets, secret)).map((secret) => `${name}: secret ${secret}`),
      ...Object.keys(needed)
        .filter((other) => !Object.hasOwn(compose.services, other))
        .map((other) => `${name}: service ${other}`),
    ]);
    assert.deepEqual(missing, []);
    assert.ok(statSync(join(root, 'k8s/monitoring/dashboards')).isDirectory());
  });

  it('is reached on this machine alone, and pins every image', () => {
    for (const [name, { ports = [], image }] of services) {
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, name);
      assert.match(image, /:[\w.-]+$/, name);
      assert.doesNotMatch(image, /:latest$/, name);
    }
  });

  it('gives squall no privileges, and no place to write to', () => {
    assert.deepEqual(own.map(([name]) => name).sort(), ['api', 'worker']);
    for (const [name, { privileged, read_only: readOnly, cap_drop: dropped }] of own)
      assert.deepEqual([privileged, readOnly, dropped], [undefined, true, ['ALL']], name);
    assert.deepEqual(
      services.filter(([, { privileged }]) => privileged).map(([name]) => name),
      ['k3s'],
    );
  });

  it('gives squall an environment that it takes', () => {
    for (const [, { environment = {} }] of own) {
      const given = Object.entries(environment).map(([name, value]) => [
        name,
        value.replace(/\$\{\w+:\?.*\}/, 'k'.repeat(24)).replace(/\$\{\w+:-(.*)\}/, '$1'),
      ]);
      assert.equal(readConfig(Object.fromEntries(given)).temporal.connection.address, 'temporal:7233');
    }
  });

  it('has configurations that Prometheus and Alertmanager take', async function () {
    if (!present('promtool') || !present('amtool')) skip(this, 'promtool and amtool, of Debian, are not installed');
    const prometheus = await runProgram('promtool', ['check', 'config', '--syntax-only', 'docker/compose/prometheus.yaml'], root);
    assert.equal(prometheus.code, 0, prometheus.output);
    const alertmanager = await runProgram('amtool', ['check-config', 'docker/compose/alertmanager.yaml'], root);
    assert.equal(alertmanager.code, 0, alertmanager.output);
    const folder = mkdtempSync(join(tmpdir(), 'squall-compose-'));
    try {
      const wrong = join(folder, 'wrong.yaml');
      writeFileSync(wrong, 'scrape_config: []\n');
      assert.notEqual((await runProgram('promtool', ['check', 'config', '--syntax-only', wrong], root)).code, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
