import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { tryToReadyRun } from '../../../src/activities/ready-run.ts';
import type { Ready } from '../../../src/contracts/activities.ts';
import { campaignOf, experimentSpec, planOf } from '../../support/simulated-activities.ts';

// Beside a grant, which must not be lost with it.
describe('making a run ready as a part of another step', () => {
  function make(signal: AbortSignal): Promise<{ ready?: Ready }> {
    const plan = planOf(campaignOf(experimentSpec('only')), 'a-seed');
    const baseline = { probes: [], windowMs: 0, steadyWithinMs: 0 };
    const deps = {
      cluster: () => {
        throw new Error('no route');
      },
    } as unknown as Dependencies;
    const supervision = { signal, attempt: 1, previous: undefined, keep: () => undefined, cancelledByWorkflow: () => signal.aborted };
    return new MockActivityEnvironment().run(() =>
      tryToReadyRun({ runId: 'run', plan, planAgeMs: 0, baseline, next: ['only'] }, deps, supervision),
    );
  }

  it('answers nothing when it fails', async () => {
    assert.deepEqual(await make(new AbortController().signal), {});
  });

  it('ends by a cancellation as any step does', async () => {
    const reason = new Error('cancelled');
    await assert.rejects(make(AbortSignal.abort(reason)), (error) => error === reason);
  });
});
