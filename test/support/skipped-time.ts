import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

// Workflow interceptors for tests of long campaigns: hours of a timer pass in milliseconds. What the workflow measures by its
// clock is not skipped.
const factor = 10_000_000;

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      startTimer: (input, next) => next({ ...input, durationMs: Math.max(1, Math.floor(input.durationMs / factor)) }),
    },
  ],
});
