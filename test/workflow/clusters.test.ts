import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { actsIn } from '../../src/contracts/names.ts';
import { haltCluster } from '../../src/temporal/arbiter-client.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { eventually } from '../support/eventually.ts';
import { SimulatedClusters } from '../support/simulated-clusters.ts';
import { createTemporal } from '../support/temporal.ts';
import { bundleWorkflows } from '../support/workflow-harness.ts';

describe('runs in several clusters', function () {
  this.timeout(120_000);
  let environment: TestWorkflowEnvironment;
  let bundle: WorkflowBundleWithSourceMap;

  before(async () => {
    environment = await createTemporal();
    await registerSearchAttributes(environment.nativeConnection, 'default');
    bundle = await bundleWorkflows();
  });
  after(() => environment.teardown());

  const inClusters = (body: (clusters: SimulatedClusters) => Promise<void>) => SimulatedClusters.with(environment, bundle, body);

  it('hold in each of them, are found by each, and say of each experiment where it was', () =>
    inClusters(async (clusters) => {
      const { east, west } = clusters;
      const run = await clusters.start('both', [west, east]);
      await clusters.awaitHolders(east, 'both');
      await clusters.awaitHolders(west, 'both');
      for (const cluster of [east, west]) {
        const query = `WorkflowType = 'campaign' AND ${actsIn(cluster)}`;
        await eventually(
          `runs in ${cluster}`,
          () => clusters.client.workflow.count(query),
          ({ count }) => count === 1,
        );
      }
      clusters.finish('both');
      const report = await run.result();
      assert.deepEqual(
        report.experiments.map(({ verdict, cluster }) => [verdict, cluster]),
        [
          ['Passed', undefined],
          ['Passed', east],
        ],
      );
      assert.deepEqual(
        report.validation?.checks.map(({ name }) => name),
        [`${east}: pods-ready`, `${west}: pods-ready`],
      );
      await clusters.awaitHolders(east);
      await clusters.awaitHolders(west);
    }));

  it('never wait for one another, in whichever order they name their clusters', () =>
    inClusters(async (clusters) => {
      const { east, west } = clusters;
      const runs = await Promise.all(
        Array.from({ length: 4 }, (_, index) =>
          clusters.start(`run-${index}`, index % 2 === 0 ? [east, west] : [west, east], { overlap: 'queue' }),
        ),
      );
      for (let index = 0; index < runs.length; index++) clusters.finish(`run-${index}`);
      const reports = await Promise.all(runs.map((run) => run.result()));
      assert.deepEqual([...new Set(reports.map(({ verdict }) => verdict))], ['Passed']);
    }));

  it('keep what they have while they wait for the rest, and give it back when they may not have it', () =>
    inClusters(async (clusters) => {
      const { east, west } = clusters;
      const first = await clusters.start('first', [west]);
      await clusters.awaitHolders(west, 'first');
      const waiting = await clusters.start('waiting', [east, west], { overlap: 'queue' });
      await clusters.awaitWaiters(west, 'waiting');
      assert.deepEqual(await clusters.holders(east), ['waiting']);
      const refused = await clusters.start('refused', [west, east]);
      await assert.rejects(refused.result(), (error) => {
        assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
        assert.match(error.cause.message, /in cluster e-.*: run .*waiting holds pod shop\/cart-0/);
        return true;
      });
      clusters.finish('first');
      await first.result();
      await clusters.awaitHolders(west, 'waiting');
      clusters.finish('waiting');
      assert.equal((await waiting.result()).verdict, 'Passed');
      await clusters.awaitHolders(east);
    }));

  it('stop everywhere when one of their clusters is halted', () =>
    inClusters(async (clusters) => {
      const { east, west } = clusters;
      const run = await clusters.start('halted', [east, west]);
      await clusters.awaitHolders(west, 'halted');
      await eventually(
        'experiments under way',
        async () => (await run.describe()).raw.pendingChildren?.length ?? 0,
        (children) => children === 2,
      );
      await haltCluster(clusters.place(west), { actor: 'alice', reason: 'an incident' });
      await assert.rejects(run.result(), (error) => {
        assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
        assert.equal(error.cause.type, 'Aborted');
        return true;
      });
      await clusters.awaitHolders(east);
      await clusters.awaitHolders(west);
    }));

  it('are known to the arbiter of each that was lost meanwhile', () =>
    inClusters(async (clusters) => {
      const { east, west } = clusters;
      const run = await clusters.start('both', [east, west]);
      await clusters.awaitHolders(west, 'both');
      await clusters.arbiter(west).terminate('a test');
      const other = await clusters.start('other', [west]);
      await assert.rejects(other.result(), (error) => {
        assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
        assert.match(error.cause.message, /both holds pod shop\/cart-0/);
        return true;
      });
      clusters.finish('both');
      assert.equal((await run.result()).verdict, 'Passed');
      await clusters.awaitHolders(west);
    }));
});
