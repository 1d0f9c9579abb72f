import type { InjectedSinks } from '@temporalio/worker';
import { subjectOfWorkflow } from '../contracts/subject.ts';
import { spanOfExecution } from '../contracts/trace-context.ts';
import { subjectAttributes } from '../tracing/attributes.ts';
import { tracing } from '../tracing/tracing.ts';
import type { TraceSinks } from '../workflows/interceptors.ts';

/** Records each execution of a workflow as a span, when it has ended: until then its activities' spans have a parent still to come. */
export function workflowSinks(): InjectedSinks<TraceSinks> {
  return {
    traces: {
      ended: {
        callDuringReplay: false,
        fn: ({ workflowId, workflowType, runId, startTime, historyLength }, { parent, outcome, message }) => {
          const span = tracing()?.start({
            name: `RunWorkflow ${workflowType}`,
            kind: 'consumer',
            attributes: {
              ...subjectAttributes(subjectOfWorkflow(workflowType, workflowId)),
              'temporal.workflow.id': workflowId,
              'temporal.workflow.run_id': runId,
              'temporal.workflow.history_events': historyLength,
              'squall.outcome': outcome,
            },
            parent,
            spanId: spanOfExecution(runId),
            startedAt: startTime.getTime(),
          });
          if (message !== undefined) span?.fail(new Error(message));
          span?.end();
        },
      },
    },
  };
}
