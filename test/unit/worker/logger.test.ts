import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { temporalLogger } from '../../../src/worker/logger.ts';

const withoutWorkflows = 'No workflows registered, not polling for workflow tasks';

describe('what Temporal logs', () => {
  it('keeps its level and its fields, but for a worker that is to have no workflows', () => {
    const out = new PassThrough({ encoding: 'utf8' });
    const logger = temporalLogger(pino({ level: 'trace' }, out));
    logger.warn('slow', { taskQueue: 'q' });
    logger.warn(withoutWorkflows, { taskQueue: 'q' });
    const lines = String(out.read()).trimEnd().split('\n');
    const told = lines.map((line) => JSON.parse(line) as { level: number; msg: string; taskQueue: string });
    assert.deepEqual(
      told.map(({ level, msg, taskQueue }) => [pino.levels.labels[level], msg, taskQueue]),
      [
        ['warn', 'slow', 'q'],
        ['debug', withoutWorkflows, 'q'],
      ],
    );
  });

  it('has the words that are looked for', () => {
    const worker = createRequire(import.meta.url).resolve('@temporalio/worker/lib/worker.js');
    assert.ok(readFileSync(worker, 'utf8').includes(withoutWorkflows));
  });
});
