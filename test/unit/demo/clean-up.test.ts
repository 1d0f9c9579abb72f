import assert from 'node:assert/strict';
import { CleanUp } from '../../../scripts/demo/clean-up.ts';
import { DemoFailure, exitCodes, explain } from '../../../scripts/demo/exit.ts';

describe('clean-up of the demo', () => {
  it('does what is owed, last first, also after one that fails, and says what was not done', async () => {
    const done: string[] = [];
    const cleanUp = new CleanUp((line) => done.push(line));
    cleanUp.add('lab', async () => undefined);
    cleanUp.add('redis', () => Promise.reject(new Error('no route')));
    cleanUp.add('services', async () => undefined);
    await assert.rejects(cleanUp[Symbol.asyncDispose](), /not cleaned up: redis: no route/);
    assert.deepEqual(done, ['services', 'redis', 'lab']);
  });

  it('does not hide why the demo failed', async () => {
    async function demo(): Promise<void> {
      await using cleanUp = new CleanUp(() => undefined);
      cleanUp.add('redis', () => Promise.reject(new Error('no route')));
      throw new DemoFailure(exitCodes.usage, 'the document is wrong');
    }
    const error = await demo().catch((thrown: unknown) => thrown);
    assert.deepEqual(explain(error), { text: 'the document is wrong\nnot cleaned up: redis: no route', exitCode: 64 });
  });

  it('owes nothing once forgiven', async () => {
    const cleanUp = new CleanUp(() => assert.fail('nothing is owed'));
    cleanUp.add('redis', async () => assert.fail('nothing is owed'));
    cleanUp.forgive();
    await cleanUp[Symbol.asyncDispose]();
  });
});
