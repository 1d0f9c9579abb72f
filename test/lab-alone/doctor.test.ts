import assert from 'node:assert/strict';
import { join } from 'node:path';
import { objectKeys } from '../../src/contracts/object-keys.ts';
import type { Finding } from '../../src/contracts/sweep.ts';
import { drafted } from '../support/exercise-fault.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { runProgram } from '../support/run-program.ts';

const root = join(import.meta.dirname, '../..');

describe('squall doctor', function () {
  this.timeout(120_000);
  let lab: LabCluster;

  before(async () => {
    lab = await LabCluster.open('doctor');
    await lab.space.createPod('target', ['sleep', 'infinity'], { image: lab.image });
  });
  after(() => lab?.[Symbol.asyncDispose]());

  async function doctor(): Promise<{ code: number; findings: Finding[] }> {
    const env = `KUBECONFIG=${lab.kubeconfig}`;
    const scope = ['--only', 'leftovers', '--namespace', lab.space.name];
    const command = [env, process.execPath, '--disable-warning=ExperimentalWarning', 'src/cli.ts', 'doctor', ...scope, '--output', 'json'];
    const { code, output } = await runProgram('env', command, root);
    assert.ok(output.startsWith('{'), output);
    return { code, findings: (JSON.parse(output) as { findings: Finding[] }).findings };
  }

  it('looks at the cluster, the rights and the kernels, and says how to mend what does not answer', async () => {
    const only = ['clusters', 'rights', 'kernels', 'temporal'].flatMap((area) => ['--only', area]);
    const env = [`KUBECONFIG=${lab.kubeconfig}`, 'TEMPORAL_ADDRESS=127.0.0.1:1'];
    const command = [
      ...env,
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      'src/cli.ts',
      'doctor',
      ...only,
      '--output',
      'json',
    ];
    const { code, output } = await runProgram('env', command, root);
    const { checks } = JSON.parse(output) as { checks: { area: string; state: string; seen: string; mend: string | null }[] };
    assert.equal(code, 1);
    const stateOf = (area: string) => checks.filter((check) => check.area === area).map(({ state }) => state);
    assert.deepEqual([stateOf('clusters'), stateOf('rights'), stateOf('temporal')], [['ok'], ['ok'], ['failed']], output);
    assert.ok(stateOf('kernels').length > 0);
    for (const { state, mend } of checks) assert.equal(mend === null, state === 'ok', output);
  });

  it('finds nothing where nothing was done', async () => {
    assert.deepEqual(await doctor(), { code: 0, findings: [] });
  });

  it('tells a fault that holds from a carrier that is only warm', async () => {
    const targets = [await lab.podTarget('target')];
    const { verbs, draft } = drafted(lab.context, { fault: 'pod-cpu-hog', targets, namespace: lab.space.name });
    const { mechanism } = await verbs.prepare(lab.context, draft);
    assert.deepEqual(
      (await doctor()).findings.map(({ state }) => state),
      ['idle'],
    );
    const fault = { ...draft, mechanism, endsAt: Date.now() + 60_000, deadline: Date.now() + 65_000 };
    await verbs.inject(lab.context, fault);
    const { code, findings } = await doctor();
    assert.equal(code, 0, 'a fault within its time is nothing left');
    assert.deepEqual(
      findings.map(({ where, kind, fault: id, state }) => ({ where, kind, id, state })),
      [{ where: `${lab.space.name}/target/squall-proc-main-1`, kind: 'cpu-stress', id: draft.id, state: 'active' }],
    );
    await verbs.revert(lab.context, fault);
    assert.deepEqual(
      (await doctor()).findings.map(({ state }) => state),
      ['idle'],
    );
  });

  it('names what is past its deadline, and says so by its exit code', async () => {
    const expired = Date.now() - 60_000;
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        namespace: lab.space.name,
        name: 'forgotten',
        labels: { [objectKeys.fault]: 'sq1-1' },
        annotations: { [objectKeys.expiresAt]: new Date(expired).toISOString() },
      },
    };
    await lab.cluster.createObject(object);
    const { code, findings } = await doctor();
    const left = findings.filter(({ state }) => state === 'overdue');
    assert.equal(code, 1);
    assert.deepEqual(
      left.map(({ where, fault }) => ({ where, fault })),
      [{ where: `${lab.space.name}/Secret/forgotten`, fault: 'sq1-1' }],
    );
    assert.equal(left[0]?.deadline, expired);
  });
});
