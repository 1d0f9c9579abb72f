import { workflowTypes } from './names.ts';

/** What something is about: in log lines and in spans. */
export interface Subject {
  runId?: string;
  experiment?: string;
  faultId?: string;
}

/** What a workflow, or an activity of it, is about, by the workflow's type and id. */
export function subjectOfWorkflow(type: string, id: string): Subject {
  if (type === workflowTypes.campaign) return { runId: id };
  if (type === workflowTypes.notify) return { runId: id.replace(/\.notify$/, '') };
  // As experimentWorkflowId makes it.
  const [, runId, experiment] = type === workflowTypes.experiment ? (/^(.+?)\.\d+-(.+)$/.exec(id) ?? []) : [];
  if (runId !== undefined && experiment !== undefined) return { runId, experiment };
  return {};
}
