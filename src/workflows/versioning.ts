import type { VersioningBehavior } from '@temporalio/common';
import { type ContinueAsNewOptions, workflowInfo } from '@temporalio/workflow';

/**
 * Where workers have versions, what begins with one ends with it: a run meets no other code under way. What serves all runs, as arbiter
 * and janitor do, goes on with the current one, and so does a run that began before workers had versions. Without versions Temporal
 * takes no word of them.
 */
export function pinned(): { versioningBehavior?: VersioningBehavior } {
  return isVersioned() ? { versioningBehavior: 'PINNED' } : {};
}

/** A long run changes to the current version where it begins a new history. */
export function withCurrentVersion(): Pick<ContinueAsNewOptions, 'initialVersioningBehavior'> {
  return isVersioned() ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {};
}

function isVersioned(): boolean {
  // Of workers without versions it names their build at most.
  return Boolean(workflowInfo().currentDeploymentVersion?.deploymentName);
}
