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

/**
 * In campaigns: what comes between the grant and the first fault is done in the step that asks for the grant, where that is answered at
 * once. It stands for `fewer-steps` too, and is to be asked before that.
 */
export function isReadyWithHold(): boolean {
  return patched('ready-with-hold');
}
