import assert from 'node:assert/strict';
import { join } from 'node:path';
import { faultDeclarations } from '../../../src/faults/declarations.ts';
import { describeFault } from '../../../src/faults/describe-fault.ts';
import { runProgram } from '../../support/run-program.ts';

const root = join(import.meta.dirname, '../../..');

function squall(...argv: string[]) {
  return runProgram(process.execPath, ['src/cli.ts', ...argv], root);
}

describe('squall faults', function () {
  this.timeout(30_000);

  it('lists the catalogue, a line each', async () => {
    const { code, output } = await squall('faults');
    assert.equal(code, 0);
    const names = output
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    assert.deepEqual(names, ['fault', ...faultDeclarations.map(({ name }) => name)]);
  });

  it('tells one as JSON, as the API does', async () => {
    const { output } = await squall('faults', 'network-latency', '--output', 'json');
    const fault = faultDeclarations.find(({ name }) => name === 'pod-network-latency');
    assert.ok(fault);
    assert.deepEqual(JSON.parse(output), JSON.parse(JSON.stringify(describeFault(fault))));
  });

  it('shows the parameters and the example of one', async () => {
    const { output } = await squall('faults', 'pod-network-latency');
    assert.match(output, /^latency +"2s" +a duration, 1ms to/m);
    assert.match(output, /^ {2}fault: pod-network-latency$/m);
  });

  for (const [argv, said] of [
    [['faults', 'pod-delet'], /did you mean pod-delete\?/],
    [['faults', '--output', 'xml'], /--output: found xml, expected table, json or yaml/],
    [['faults', '--no-such'], /--no-such/],
    [['no-such'], /found no-such, expected one of lint, schema, faults, plan/],
    [[], /found no command/],
  ] as const) {
    it(`says what is wrong with: ${argv.join(' ')}`, async () => {
      const { code, output } = await squall(...argv);
      assert.equal(code, 64);
      assert.match(output, said);
    });
  }
});
