import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchPages } from '../../../bench/catalogue.ts';
import type { BenchResult } from '../../../bench/result.ts';
import { readResults } from '../../../scripts/performance-docs/read-results.ts';
import { renderPerformancePage } from '../../../scripts/performance-docs/render.ts';
import { root } from './pages.ts';

const results = readResults(join(root, 'bench/results'));

const one: BenchResult = {
  bench: 'inject',
  at: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'A|B', cores: 2, memoryGiB: 24, node: 'v24.0.0' },
  figures: { 'one over the other': 1.2345, lost: null },
  spreads: {
    'cold: from POST': { count: 8, min: 1, median: 1234.5, p95: 2000, max: 3000 },
    'warm: from POST': { count: 16, min: 1, median: 12.34, p95: 20, max: 30 },
    alone: { count: 50, min: 1, median: 2, p95: 3, max: 4 },
  },
  breakdowns: { 'cold: from POST': { plan: 10, inject: 20 }, 'warm: from POST': { plan: 5 } },
  missing: ['another tool: it is not there'],
  checks: [
    { what: 'fast', found: 1234.5, expected: 'at most 300', ok: false },
    { what: 'small', found: 1, expected: 'at most 2', ok: true },
  ],
};

describe('docs/performance.md', () => {
  it('is as it is made from bench/results (npm run docs writes it)', () => {
    assert.equal(readFileSync(join(root, 'docs/performance.md'), 'utf8'), renderPerformancePage(results));
  });

  it('tells every result that is kept, each of which was found by a bench that there is', () => {
    const page = renderPerformancePage(results);
    for (const { bench } of results) {
      assert.ok(
        benchPages.some(({ name }) => name === bench),
        bench,
      );
      assert.ok(page.includes(`\n## ${bench}\n`), bench);
    }
  });

  it('says of a bound that it is broken, of what was not measured why, and leaves no case without its place', () => {
    const page = renderPerformancePage([one]);
    for (const line of [
      '1 of 2 broken | 2026-01-02 | A\\|B, 2 cores, 24 GiB, Node v24.0.0',
      '| **broken** | fast | 1,235 | at most 300 |',
      '| holds | small | 1 | at most 2 |',
      'of 8 to 50 measurements',
      '|  | from POST |  |',
      '| cold | 1,235 (2,000) |  |',
      '| warm | 12.3 (20) |  |',
      '| alone |  | 2 (3) |',
      '|  | cold | warm |',
      '| plan | 10 | 5 |',
      '| inject | 20 |  |',
      '| one over the other | 1.23 |',
      '| lost | not measured |',
      'Not measured: another tool: it is not there',
    ])
      assert.ok(page.includes(line), `${line}\n\n${page}`);
  });

  it('works out what many runs take, where throughput and history are known', () => {
    assert.ok(!renderPerformancePage([one]).includes('runs a day on'));
    const base = { at: one.at, machine: one.machine, checks: [] };
    const throughput = {
      'campaigns of three experiments in a minute': 69.44,
      'CPU time of the worker for one, s': 0.864,
      'CPU time of the API for one, s': 0.1728,
    };
    const page = renderPerformancePage([
      { ...base, bench: 'throughput', figures: throughput },
      { ...base, bench: 'history', figures: { 'three experiments on 3 pods: KiB': 104.8576 } },
    ]);
    for (const line of [
      '| 10,000 / 1,440 | 6.94 |',
      '| 6.94 / 69.4 | 10 % |',
      '| 10,000 × 0.864 s / 86,400 s | 0.1 |',
      '| 10,000 × 0.1728 s / 86,400 s | 0.02 |',
      '| 10,000 × 3 × 60 s / 86,400 s | 20.8 |',
      '| 10,000 × 104.8576 KiB | 1 |',
      '| 30 × that | 30 |',
    ])
      assert.ok(page.includes(line), `${line}\n\n${page}`);
  });
});
