import assert from 'node:assert/strict';
import { ClusterError, type OpenExec } from '../../src/kubernetes/cluster.ts';
import { LabCluster } from '../support/lab-cluster.ts';

describe('a process in a container that is talked with, on the lab', function () {
  this.timeout(120_000);
  let lab: LabCluster;

  before(async () => {
    lab = await LabCluster.open('talk');
    await lab.space.createPod('a', ['sleep', '3600'], { image: lab.image });
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  const open = (script: string): Promise<OpenExec> =>
    lab.cluster.openExec({ namespace: lab.space.name, pod: 'a', container: 'main' }, ['bash', '-c', script], { timeoutMs: 10_000 });

  async function take(exec: OpenExec, count: number): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of exec.lines) {
      lines.push(line);
      if (lines.length === count) break;
    }
    return lines;
  }

  it('answers lines by lines, long ones and characters of several bytes, too', async () => {
    const exec = await open('while read -r line; do echo "<$line>"; done');
    const said = ['a', 'é€😀'.repeat(5_000), ...Array.from({ length: 500 }, (_, i) => `line ${i}`)];
    for (const line of said) exec.write(line);
    assert.deepEqual(
      await take(exec, said.length),
      said.map((line) => `<${line}>`),
    );
    exec.close();
    await exec.closed;
  });

  it('ends with its input', async () => {
    const exec = await open('echo $$; cat > /dev/null; touch /tmp/ended-$$');
    const [pid] = await take(exec, 1);
    exec.close();
    await exec.closed;
    for (const end = Date.now() + 30_000; ; ) {
      const address = { namespace: lab.space.name, pod: 'a', container: 'main' };
      const { exitCode } = await lab.cluster.exec(address, ['test', '-e', `/tmp/ended-${pid}`], { timeoutMs: 10_000 });
      if (exitCode === 0) break;
      assert.ok(Date.now() < end, `process ${pid} has not seen the end of its input after 30 s`);
    }
  });

  it('says how it ended, with what it wrote to stderr', async () => {
    const exec = await open('echo one; echo why >&2; exit 3');
    assert.deepEqual(await take(exec, 2), ['one']);
    const ended = await exec.closed;
    assert.ok(ended instanceof ClusterError);
    assert.match(ended.message, /exit code 3.*why|why.*exit code 3/);
    exec.write('nobody reads this');
  });

  it('is not opened where there is no such program, or no such pod', async () => {
    const address = { namespace: lab.space.name, pod: 'a', container: 'main' };
    const none = await lab.cluster.openExec(address, ['/no-such-program'], { timeoutMs: 10_000 });
    assert.match((await none.closed).message, /no-such-program/);
    await assert.rejects(
      lab.cluster.openExec({ ...address, pod: 'b' }, ['true'], { timeoutMs: 10_000 }),
      (error) => error instanceof ClusterError && error.status === 404,
    );
  });
});
