import { type Context, log } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptors, ActivityOutboundCallsInterceptor } from '@temporalio/worker';
import type { Activities } from '../contracts/activities.ts';
import { workflowTypes } from '../contracts/names.ts';
import type { NotifyActivities } from '../contracts/notify.ts';
import { traceOf } from '../contracts/trace-header.ts';
import { errorMessage } from '../error-message.ts';
import { subjectAttributes } from '../tracing/attributes.ts';
import { recorded, traceFields, tracing } from '../tracing/tracing.ts';
import { type ActivitySubject, subjectOfActivity } from './activity-subject.ts';

/** They ask the same again and again, for minutes or a day. */
const leaves: ReadonlySet<string> = new Set<keyof Activities | keyof NotifyActivities>([
  'observe',
  'watchStopConditions',
  'watchRollouts',
  'followRun',
]);

/** Says what each activity's log lines are about, logs how each ended, and records each as a span of its workflow's. */
export function observedActivity(context: Context): ActivityInterceptors {
  const observed = new ObservedActivity(context);
  return { inbound: observed, outbound: observed };
}

class ObservedActivity implements ActivityInboundCallsInterceptor, ActivityOutboundCallsInterceptor {
  readonly #context: Context;
  #subject: ActivitySubject = {};

  constructor(context: Context) {
    this.#context = context;
  }

  execute: NonNullable<ActivityInboundCallsInterceptor['execute']> = (input, next) => {
    this.#subject = subjectOfActivity(this.#context.info, input.args[0]);
    const active = tracing();
    const parent = traceOf(input.headers);
    const place = parent === undefined ? this.#ownTrace() : { parent };
    if (active === undefined || place === undefined) return this.#logged(() => next(input));
    const { activityType, attempt, workflowExecution, taskQueue } = this.#context.info;
    const { fault, targets } = this.#subject;
    const attributes = {
      ...subjectAttributes(this.#subject),
      'squall.fault': fault,
      'squall.targets': targets,
      'temporal.activity.attempt': attempt,
      'temporal.task_queue': taskQueue,
      'temporal.workflow.id': workflowExecution?.workflowId,
    };
    return recorded(active, { name: activityType, kind: 'consumer', attributes, isLeaf: leaves.has(activityType), ...place }, () =>
      this.#logged(() => next(input)),
    );
  };

  getLogAttributes: NonNullable<ActivityOutboundCallsInterceptor['getLogAttributes']> = (input, next) => {
    // The token is for Temporal alone, and longer than all else.
    const { taskToken: _, workflowRunId, ...rest } = input;
    return next({ ...rest, temporalRunId: workflowRunId, ...this.#subject, ...traceFields() });
  };

  /** Of a run that nobody who is traced started, such as a schedule: its activities are a trace of their own. What goes on day and night is none. */
  #ownTrace(): { parent: null; traceId: string } | undefined {
    const { workflowType, workflowExecution } = this.#context.info;
    if (workflowExecution === undefined || (workflowType !== workflowTypes.campaign && workflowType !== workflowTypes.experiment)) return;
    // An execution's id is a UUID, 32 hexadecimal digits like a trace's.
    return { parent: null, traceId: workflowExecution.runId.replaceAll('-', '') };
  }

  /** What has a run is told as it ends; what goes on day and night is not worth a line each time. */
  async #logged<T>(act: () => Promise<T>): Promise<T> {
    const { activityType } = this.#context.info;
    const level = this.#subject.runId === undefined ? 'debug' : 'info';
    const startedAt = performance.now();
    const ms = () => Math.round(performance.now() - startedAt);
    try {
      const result = await act();
      log[level](`${activityType} done`, { ms: ms() });
      return result;
    } catch (error) {
      // Temporal's own line, a warning, has the error and its stack.
      log[level](`${activityType} failed`, { ms: ms(), reason: errorMessage(error) });
      throw error;
    }
  }
}
