import type { Breakdown } from './breakdown.ts';

// What is measured, as the figures have it.
export const toEffect = 'from POST to in effect';
/** from when the workflow had it scheduled, to in effect */
export const injectStep = 'the inject step';
export const toUndone = 'from cancel to proven undone';
export const rawToEffect = 'the raw calls to in effect';
export const rawUndone = 'the raw call to undone';
export const toolkitToEffect = 'the Chaos Toolkit to in effect';
export const toolkitWhole = 'the Chaos Toolkit to its end';
export const litmusToEffect = "Litmus's experiment to in effect";
export const litmusWhole = "Litmus's experiment to its end";
export const overhead = 'an experiment beside its duration';
export const roundTrip = 'Temporal alone: an activity that does nothing';
export const afterBaseline = 'latency, warm, after a baseline of 2 s';

/** What a reader calls the activities. */
const words: Record<string, string> = {
  makePlan: 'plan',
  requestHold: 'hold',
  preflightFaults: 'preflight',
  readyRun: 'preflight, baseline and preparation',
  observe: 'baseline, observation',
  prepareFault: 'prepare',
  injectFault: 'inject',
  verifyFault: 'verify',
  revertFault: 'revert',
  confirmFault: 'confirm',
};

export function inWords(parts: Breakdown): Breakdown {
  return Object.fromEntries(Object.entries(parts).map(([name, ms]) => [words[name] ?? name, ms]));
}
