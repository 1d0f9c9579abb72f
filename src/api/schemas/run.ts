import { z } from 'zod';
import type { Phase } from '../../contracts/run.ts';
import type { Verdict } from '../../contracts/verdict.ts';
import { time } from './time.ts';

const phases = Object.keys({
  Planning: true,
  Queued: true,
  Baseline: true,
  Running: true,
  Paused: true,
  Undoing: true,
  Validating: true,
  Reporting: true,
  Completed: true,
} satisfies Record<Phase, true>) as Phase[];
const verdicts = Object.keys({ Passed: true, Failed: true, Aborted: true, Error: true } satisfies Record<Verdict, true>) as Verdict[];

export const phase = z.enum(phases, { error: `one of ${phases.join(', ')}` }).meta({ id: 'Phase', description: 'Where a run is' });
export const verdict = z.enum(verdicts, { error: `one of ${verdicts.join(', ')}` }).meta({
  id: 'Verdict',
  description:
    'Passed: the hypothesis held. Failed: it did not. Aborted: a person or a stop condition ended the run. Error: the chaos itself could not be done',
});

const runFields = z.object({
  id: z.string().meta({ example: 'redis-resilience-test-k3v9x2mp' }),
  campaign: z.string().nullable(),
  cluster: z.string().nullable(),
  namespace: z.string().nullable(),
  phase: phase.nullable(),
  state: z.enum(['running', 'completed']),
  verdict: verdict.nullable().meta({ description: 'null: it goes on, or it was terminated before it had one' }),
  score: z.number().nullable().meta({ description: '0 to 100; null: nothing was scored' }),
  startedAt: time,
  endedAt: time.nullable(),
  startedBy: z.string().nullable().meta({ description: 'who started it; null: callers were not asked who they are' }),
  retryOf: z.string().nullable().meta({ description: 'the run it repeats' }),
  links: z.object({
    self: z.string(),
    report: z.string(),
    events: z.string(),
    audit: z.string(),
    ui: z.string().exactOptional().meta({ description: "in Temporal's Web UI; absent: its address is not known" }),
  }),
});

export const run = runFields.meta({ id: 'Run', description: 'A run of a campaign' });

export const startedRun = runFields
  .extend({
    warnings: z.array(z.object({ code: z.string(), path: z.string(), line: z.number().exactOptional(), message: z.string() })).meta({
      description: 'of the document: what was accepted, and its author should know of',
    }),
  })
  .meta({ id: 'StartedRun', description: 'A run that a request started' });

export const runPage = z
  .object({
    runs: z.array(run),
    nextCursor: z.string().nullable().meta({ description: 'for the parameter `cursor`; null: this is the last page' }),
  })
  .meta({ id: 'RunPage' });
