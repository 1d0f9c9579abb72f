import { sleep } from '@temporalio/workflow';
import type { ReadyInput } from '../contracts/activities.ts';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { Observation } from '../contracts/evidence.ts';
import type { Plan } from '../contracts/plan.ts';
import { showsUnit } from '../report/format.ts';
import { observeAt, probesBySite } from './observe-at.ts';

const windowMs = 2_000;
const steadyWithinMs = 30_000;
const pauseMs = 5_000;

/**
 * The steady-state hypothesis before any fault: what does not hold now could not be blamed on chaos.
 * It may take a while to hold: a rate over a minute is low for a minute after a deployment.
 * Answers what does not hold; undefined when all does.
 *
 * @param first what was found when it was looked for the first time; null: it has not been
 */
export async function baselineProblem(plan: Plan, first: Observation | null = null): Promise<string | undefined> {
  const probes = baselineProbes(plan);
  const steadyBy = (first?.from ?? Date.now()) + steadyWithinMs;
  if (first !== null) {
    const problem = firstProblem(first, probes);
    if (problem === undefined || Date.now() >= steadyBy) return problem;
    await sleep(pauseMs, { summary: 'until the hypothesis is looked at again' });
  }
  for (;;) {
    const what = {
      campaign: plan.campaign,
      inventory: plan.inventory,
      probes,
      until: Date.now() + windowMs,
      recovery: { timeoutAt: steadyBy },
      fault: null,
      election: null,
    };
    const observation = await observeAt(what, 'baseline: the hypothesis before any fault', plan);
    const problem = firstProblem(observation, probes);
    if (problem === undefined || Date.now() >= steadyBy) return problem;
    await sleep(pauseMs, { summary: 'until the hypothesis is looked at again' });
  }
}

/** Whether those who serve the plan's cluster can look at all of it. */
export function isSeenFromOneSite(plan: Plan): boolean {
  return probesBySite(baselineProbes(plan), plan.campaign.target.cluster, plan).length === 1;
}

/** What is looked for the first time. */
export function firstBaseline(plan: Plan): ReadyInput['baseline'] {
  return { probes: baselineProbes(plan), windowMs, steadyWithinMs };
}

/** Each judged probe of the campaign once; an election can't be measured before there is one. */
function baselineProbes(plan: Plan): ProbeSpec[] {
  const byName = new Map<string, ProbeSpec>();
  for (const { hypothesis } of plan.experiments) {
    for (const probe of hypothesis) {
      const key = JSON.stringify([probe.type, probe.place, probe.parameters, probe.tolerance]);
      if (probe.when !== 'recovery' && probe.tolerance !== undefined && !byName.has(key)) byName.set(key, probe);
    }
  }
  return [...byName.values()];
}

function firstProblem(observation: Observation, probes: ProbeSpec[]): string | undefined {
  if (observation.notRecovered !== null) return observation.notRecovered;
  for (const [i, series] of observation.series.entries()) {
    if (series.samples.length === 0) return `probe ${series.name} measured nothing`;
    const failed = series.samples.filter((sample) => !sample.ok);
    const tolerated = 100 - (probes[i]?.tolerance?.successPercent ?? 100);
    if ((failed.length / series.samples.length) * 100 <= tolerated) continue;
    const worst = failed[0];
    const found =
      worst?.value === undefined ? (worst?.error ?? 'no value') : `${worst.value}${showsUnit(series.unit) ? ` ${series.unit}` : ''}`;
    return `probe ${series.name} does not hold before any fault: ${found}`;
  }
  return undefined;
}
