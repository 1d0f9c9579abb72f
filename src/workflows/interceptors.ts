import type {
  Headers,
  Sinks,
  WorkflowInboundCallsInterceptor,
  WorkflowInterceptors,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { ContinueAsNew, isCancellation, proxySinks, workflowInfo } from '@temporalio/workflow';
import { subjectOfWorkflow } from '../contracts/subject.ts';
import { spanOfExecution, type TraceContext } from '../contracts/trace-context.ts';
import { traceOf, withTrace } from '../contracts/trace-header.ts';
import { failureMessage } from './failure-message.ts';

/** How an execution ended, for its span. */
export interface ExecutionEnd {
  /** of who started it */
  parent: TraceContext;
  outcome: 'completed' | 'failed' | 'cancelled' | 'continued-as-new';
  /** when it failed: with what */
  message?: string;
}

export interface TraceSinks extends Sinks {
  traces: { ended(end: ExecutionEnd): void };
}

/**
 * Hands the trace a workflow was started in on to what it starts, and says what its log lines are about. It adds no command, draws
 * nothing, and awaits nothing that the workflow awaits: a history replays with it and without it.
 */
class Observed implements WorkflowInboundCallsInterceptor, WorkflowOutboundCallsInterceptor {
  /** null: nobody who is traced started it */
  #parent: TraceContext | null = null;

  execute: NonNullable<WorkflowInboundCallsInterceptor['execute']> = (input, next) => {
    this.#parent = traceOf(input.headers) ?? null;
    const ended = next(input);
    ended.then(
      () => this.#end({ outcome: 'completed' }),
      (error: unknown) => this.#end(endOf(error)),
    );
    return ended;
  };

  scheduleActivity: NonNullable<WorkflowOutboundCallsInterceptor['scheduleActivity']> = (input, next) => next(this.#traced(input));

  startChildWorkflowExecution: NonNullable<WorkflowOutboundCallsInterceptor['startChildWorkflowExecution']> = (input, next) =>
    next(this.#traced(input));

  // The execution that goes on is no part of this one: both are what the same request started.
  continueAsNew: NonNullable<WorkflowOutboundCallsInterceptor['continueAsNew']> = (input, next) =>
    next(this.#parent === null ? input : { ...input, headers: withTrace(input.headers, this.#parent) });

  getLogAttributes: NonNullable<WorkflowOutboundCallsInterceptor['getLogAttributes']> = ({ runId: temporalRunId, ...input }, next) => {
    const { workflowId, workflowType } = workflowInfo();
    const own = this.#own();
    return next({
      ...input,
      temporalRunId,
      ...subjectOfWorkflow(workflowType, workflowId),
      ...(own !== null && { traceId: own.traceId, spanId: own.spanId }),
    });
  };

  #traced<Input extends { headers: Headers }>(input: Input): Input {
    const own = this.#own();
    return own === null ? input : { ...input, headers: withTrace(input.headers, own) };
  }

  #own(): TraceContext | null {
    return this.#parent === null ? null : { ...this.#parent, spanId: spanOfExecution(workflowInfo().runId) };
  }

  #end(end: Omit<ExecutionEnd, 'parent'>): void {
    if (this.#parent !== null) proxySinks<TraceSinks>().traces.ended({ parent: this.#parent, ...end });
  }
}

/** By it the SDK finds them. */
export function interceptors(): WorkflowInterceptors {
  const observed = new Observed();
  return { inbound: [observed], outbound: [observed] };
}

function endOf(error: unknown): Omit<ExecutionEnd, 'parent'> {
  if (error instanceof ContinueAsNew) return { outcome: 'continued-as-new' };
  if (isCancellation(error)) return { outcome: 'cancelled' };
  return { outcome: 'failed', message: failureMessage(error) };
}
