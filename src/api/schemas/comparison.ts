import { z } from 'zod';
import type { Comparison } from '../../contracts/comparison.ts';
import { verdict } from './run.ts';
import { time } from './time.ts';

const outcome = z.enum(['better', 'same', 'worse', 'changed', 'unknown']).meta({
  id: 'Outcome',
  description:
    'Of the second run, seen from the first. same: no difference is shown; changed: there is one, and nothing says which way is better; unknown: there are too few samples to tell',
});

const comparedRun = z
  .object({
    runId: z.string(),
    verdict,
    score: z.number().nullable(),
    startedAt: time,
    endedAt: time,
    leaderElectionSeconds: z.number().nullable(),
  })
  .meta({ id: 'ComparedRun' });

const comparedVerdict = z.object({
  verdict: z.enum(['Passed', 'Failed', 'Aborted', 'Error', 'Skipped']),
  recoverySeconds: z.number().nullable(),
});

const figures = z
  .object({
    verdict: z.enum(['Passed', 'Failed', 'Informational']),
    successPercent: z.number().nullable(),
    p50: z.number().nullable(),
    p95: z.number().nullable(),
    max: z.number().nullable(),
    samples: z.number(),
  })
  .meta({ id: 'ProbeFigures' });

const chances = {
  p: z.number().meta({ description: 'how likely chance alone shows such a difference, or a larger one' }),
  adjustedP: z.number().meta({ description: "the same after Holm's correction for all tests of the comparison" }),
};

const comparedProbe = z
  .object({
    name: z.string(),
    unit: z.string(),
    tolerance: z
      .object({
        comparator: z.enum(['<=', '<', '>=', '>', '==', '!=', 'succeeds']),
        value: z.number().exactOptional(),
        successPercent: z.number(),
      })
      .nullable(),
    outcome,
    reason: z.string().meta({ description: 'how that is known' }),
    before: figures.nullable().meta({ description: 'null: the run has no such probe' }),
    after: figures.nullable(),
    success: z
      .object({
        outcome,
        differencePoints: z.number().meta({ description: "of the second run less the first's, in points of a percentage" }),
        lowPoints: z.number().meta({ description: "the 95% interval of the difference, Newcombe's" }),
        highPoints: z.number(),
        ...chances,
      })
      .nullable()
      .meta({ description: "the shares of good samples, by Fisher's exact test; null: they were not compared" }),
    values: z
      .object({
        outcome,
        medianDifference: z.number().meta({ description: "the second run's median less the first's, in the unit" }),
        greaterPercent: z.number().meta({ description: "of a value of each run, how often the second's is the greater" }),
        ...chances,
      })
      .nullable()
      .meta({ description: 'the values, by the Mann-Whitney U test; null: they were not compared' }),
  })
  .meta({ id: 'ComparedProbe' });

const comparedFinding = z.object({ rule: z.string(), severity: z.enum(['info', 'warning', 'critical']), title: z.string() });

/** Two runs of one campaign, side by side. */
export const comparison = z
  .object({
    campaign: z.string(),
    before: comparedRun,
    after: comparedRun,
    outcome: z.enum(['better', 'same', 'worse']),
    reason: z.string().meta({ description: 'why, in one sentence' }),
    confidencePercent: z.number(),
    tests: z.number().meta({ description: 'how many tests it took' }),
    experiments: z.array(
      z.object({
        name: z.string(),
        fault: z.string(),
        before: comparedVerdict.nullable().meta({ description: 'null: the run has no such experiment' }),
        after: comparedVerdict.nullable(),
        probes: z.array(comparedProbe),
      }),
    ),
    findings: z.object({ came: z.array(comparedFinding), went: z.array(comparedFinding), stayed: z.array(comparedFinding) }),
    document: z.object({
      changes: z.array(z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
      more: z.number().meta({ description: 'changes beyond the first 100' }),
    }),
  })
  .meta({
    id: 'Comparison',
    description: 'How a run differs from an earlier one of the same campaign, and how sure that is',
  }) satisfies z.ZodType<Comparison>;
