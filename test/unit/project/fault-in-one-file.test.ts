import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { V1Node } from '@kubernetes/client-node';
import { Ajv } from 'ajv';
import type { FaultInstance, Inventory } from '../../../src/contracts/plan.ts';
import { runProgram } from '../../support/run-program.ts';
import { readPages, root } from '../docs/pages.ts';
import { FakeCluster } from '../sweep/fake-cluster.ts';

const name = 'node-unlabel';
const label = 'topology.kubernetes.io/zone';
const campaign = {
  apiVersion: 'squall.dev/v1',
  kind: 'Campaign',
  metadata: { name: 'zoneless' },
  spec: {
    target: { namespace: 'shop', kind: 'Deployment', name: 'cart' },
    steps: [{ experiment: { fault: name, target: { count: 1 }, parameters: { label } } }],
  },
};

/** What docs/extending.md says of a new fault, done in a copy of the project: its sample written, and `npm run docs`. */
describe('a new fault in one file', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'squall-new-fault-'));
  const from = <T>(file: string): Promise<T> => import(pathToFileURL(join(folder, file)).href) as Promise<T>;
  const node = (...words: string[]) => runProgram(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], folder);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');

  before(async () => {
    for (const part of ['src', 'scripts', 'schema', 'docs', 'types', 'test/support', 'test/unit/faults', 'package.json', 'tsconfig.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const samples = readPages().find(({ path }) => path === 'docs/extending.md')?.samples ?? [];
    const [sample, ...others] = samples.filter(({ of }) => of.startsWith('src/faults/'));
    assert.ok(sample !== undefined && others.length === 0, 'expected one sample of a file in src/faults/');
    mkdirSync(join(folder, dirname(sample.of)));
    writeFileSync(join(folder, sample.of), `${sample.text}\n`);
    for (const script of ['fault-catalogue', 'cli-docs', 'fault-docs']) {
      assert.ok(JSON.parse(read('package.json')).scripts.docs.includes(`scripts/${script}.ts`), script);
      const { code, output } = await node(`scripts/${script}.ts`);
      assert.equal(code, 0, output);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is in the catalogue, and what the catalogue asks of every fault holds for it', async () => {
    const files = ['catalogue', 'parameters'].map((each) => join(folder, `test/unit/faults/${each}.test.ts`));
    const { code, output } = await node('node_modules/mocha/bin/mocha.js', '--no-config', '--grep', name, ...files);
    assert.equal(code, 0, output);
    assert.ok(Number(/(\d+) passing/.exec(output)?.[1]) >= 6, output);
  });

  it('is in the JSON Schema, with its parameters', () => {
    const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(
      JSON.parse(read('schema/campaign.schema.json')),
    );
    const withParameters = (parameters: object) => {
      const document = structuredClone(campaign);
      return { ...document, spec: { ...document.spec, steps: [{ experiment: { ...document.spec.steps[0]?.experiment, parameters } }] } };
    };
    assert.ok(validate(withParameters({ label })), JSON.stringify(validate.errors));
    assert.ok(!validate(withParameters({ label: 'zone=a' })));
    assert.ok(!validate(withParameters({ labels: label })));
  });

  it('is told of by squall faults, and has a page', async () => {
    const { code, output } = await node('src/cli.ts', 'faults', name);
    assert.equal(code, 0, output);
    assert.match(output, /node-unlabel: Takes a label off nodes[\s\S]*label +required/);
    assert.match(read(`docs/faults/${name}.md`), /^# node-unlabel$/m);
    assert.match(read('docs/faults/README.md'), /\[node-unlabel\]\(node-unlabel\.md\)/);
  });

  it('is linted and planned', async () => {
    const { parseCampaign } = await from<typeof import('../../../src/campaign/parse.ts')>('src/campaign/parse.ts');
    const { makePlan } = await from<typeof import('../../../src/campaign/plan.ts')>('src/campaign/plan.ts');
    const parsed = parseCampaign(JSON.stringify(campaign));
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const { refusals, experiments } = makePlan(parsed.campaign, inventory, 'seed');
    assert.deepEqual(refusals, []);
    assert.deepEqual(
      experiments.map(({ spec, targets, inject, undo }) => ({ fault: spec.fault, targets: targets.map(({ kind }) => kind), inject, undo })),
      [
        {
          fault: name,
          targets: ['node'],
          inject: `take the label ${label} off node/worker-1 for 1m`,
          undo: `give the label ${label} back to node/worker-1`,
        },
      ],
    );
  });

  it('is injected, read back and undone, by its run or by a sweep', async () => {
    const { verbsOf } = await from<typeof import('../../../src/faults/all-verbs.ts')>('src/faults/all-verbs.ts');
    const { sweep } = await from<typeof import('../../../src/sweep/sweep.ts')>('src/sweep/sweep.ts');
    const verbs = verbsOf(name);
    const fake = new FakeCluster();
    const { context } = fake;
    fake.add(worker);
    const zone = () => fake.objects[0]?.metadata?.labels?.[label];
    const faultOf = (id: string): FaultInstance => ({
      id,
      runId: 'run-a',
      experiment: name,
      fault: name,
      cluster: 'fake',
      namespace: 'shop',
      selector: '',
      targets: [{ kind: 'node', node: 'worker-1', uid: 'node-uid', ip: '192.0.2.1', zone: 'zone-a' }],
      parameters: { label },
      onRestart: 'reestablish',
      mechanism: 'api-label',
      endsAt: Date.now() + 60_000,
      deadline: Date.now() + 60_000,
    });

    const fault = faultOf('run-a-1');
    assert.equal((await verbs.prepare(context, fault)).mechanism, 'api-label');
    await verbs.inject(context, fault);
    assert.equal(zone(), undefined);
    assert.ok((await verbs.verify(context, fault)).ok);
    assert.ok(!(await verbs.confirm(context, fault)).ok);
    await assert.rejects(verbs.prepare(context, faultOf('run-a-2')), /worker-1/);
    await verbs.revert(context, fault);
    assert.equal(zone(), 'zone-a');
    assert.ok((await verbs.confirm(context, fault)).ok);

    await verbs.inject(context, faultOf('run-a-3'));
    assert.equal(zone(), undefined);
    const { findings } = await sweep(context, { runState: async () => 'over' });
    assert.deepEqual(
      findings.map(({ where, undone }) => [where, undone?.ok]),
      [['Node/worker-1', true]],
    );
    assert.equal(zone(), 'zone-a');
  });
});

const worker: V1Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'worker-1', uid: 'node-uid', labels: { [label]: 'zone-a' } },
};

const inventory: Inventory = {
  cluster: 'default',
  namespace: 'shop',
  workload: { kind: 'Deployment', name: 'cart', uid: 'cart-uid', replicas: 1, terminationGracePeriodSeconds: 30 },
  selector: 'app=cart',
  pods: [
    {
      name: 'cart-0',
      uid: 'pod-uid',
      ip: '10.244.0.2',
      node: 'worker-1',
      zone: 'zone-a',
      ready: true,
      labels: {},
      annotations: {},
      containers: ['cart'],
    },
  ],
  nodes: [
    {
      name: 'worker-1',
      uid: 'node-uid',
      ip: '192.0.2.1',
      zone: 'zone-a',
      ready: true,
      unschedulable: false,
      labels: { [label]: 'zone-a' },
      annotations: {},
    },
  ],
  application: null,
};
