import type { WorkflowClientInterceptor } from '@temporalio/client';
import { subjectOfWorkflow } from '../contracts/subject.ts';
import { withTrace } from '../contracts/trace-header.ts';
import { subjectAttributes } from './attributes.ts';
import { recorded, tracing } from './tracing.ts';

/** What a client starts or asks of workflows is a span of the one under way, and workflows it starts go on with that trace. */
export function tracedClient(): WorkflowClientInterceptor {
  return {
    start: (input, next) =>
      traced(`StartWorkflow ${input.workflowType}`, 'producer', input.workflowType, input.options.workflowId, (headers) =>
        next({ ...input, headers: headers(input.headers) }),
      ),
    startUpdate: (input, next) =>
      traced(`Update ${input.updateName}`, 'client', undefined, input.workflowExecution.workflowId, () => next(input)),
    signal: (input, next) =>
      traced(`Signal ${input.signalName}`, 'client', undefined, input.workflowExecution.workflowId, () => next(input)),
  };
}

type AddTrace = (headers: Parameters<typeof withTrace>[0]) => Parameters<typeof withTrace>[0];

async function traced<T>(
  name: string,
  kind: 'producer' | 'client',
  type: string | undefined,
  workflowId: string,
  act: (addTrace: AddTrace) => Promise<T>,
): Promise<T> {
  const active = tracing();
  if (active?.current() === undefined) return act((headers) => headers);
  const attributes = {
    'temporal.workflow.id': workflowId,
    ...(type !== undefined && subjectAttributes(subjectOfWorkflow(type, workflowId))),
  };
  return recorded(active, { name, kind, attributes }, (span) => act((headers) => withTrace(headers, span.context)));
}
