import { patched } from '@temporalio/workflow';

/**
 * Executions that began before this go on step by step: an activity for each thing that is done. Since then, what follows one another
 * anyway is one step, for each costs some round trips through Temporal. To be asked first thing in an execution: one that has begun
 * without it stays without it.
 *
 * It stands for everything that was patched before it (`control`, `preflight-faults`), so that a new run has one marker.
 */
export function hasFewerSteps(): boolean {
  return patched('fewer-steps');
}
