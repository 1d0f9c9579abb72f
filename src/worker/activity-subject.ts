import type { Info } from '@temporalio/activity';
import { z } from 'zod';
import { type Subject, subjectOfWorkflow } from '../contracts/subject.ts';

/** What an activity is about, and how many targets it has. */
export interface ActivitySubject extends Subject {
  fault?: string;
  targets?: number;
}

const faultSchema = z.object({
  id: z.string(),
  runId: z.string(),
  experiment: z.string(),
  fault: z.string(),
  targets: z.array(z.unknown()),
});
const preparingSchema = z.object({
  faultId: z.string(),
  experiment: z.object({ spec: z.object({ fault: z.string() }), targets: z.array(z.unknown()) }),
});
const observingSchema = z.object({ fault: faultSchema });
const runSchema = z.object({ runId: z.string() });

/** By its workflow, and by the one value it is given: of its shape alone, for an activity may be of a release that knew others. */
export function subjectOfActivity({ workflowType, workflowExecution }: Info, input: unknown): ActivitySubject {
  const ofWorkflow =
    workflowType === undefined || workflowExecution === undefined ? {} : subjectOfWorkflow(workflowType, workflowExecution.workflowId);
  const fault = faultSchema.safeParse(input).data ?? observingSchema.safeParse(input).data?.fault;
  if (fault !== undefined) {
    const { id, runId, experiment, targets } = fault;
    return { ...ofWorkflow, runId, experiment, faultId: id, fault: fault.fault, targets: targets.length };
  }
  const preparing = preparingSchema.safeParse(input).data;
  if (preparing !== undefined) {
    const { faultId, experiment } = preparing;
    return { ...ofWorkflow, faultId, fault: experiment.spec.fault, targets: experiment.targets.length };
  }
  const run = runSchema.safeParse(input).data;
  return { ...ofWorkflow, ...(run !== undefined && { runId: run.runId }) };
}
