import { DefaultLogger, type Logger, type LogLevel } from '@temporalio/worker';
import type { Logger as Pino } from 'pino';

const levels: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** Said by each worker that has none, as those that observe: there is nothing to warn anybody of. */
const withoutWorkflows = 'No workflows registered, not polling for workflow tasks';

/** Temporal's runtime, workflows and activities log through the process's own logger. */
export function temporalLogger(logger: Pino): Logger {
  return new DefaultLogger('TRACE', ({ level, message, meta }) => {
    logger[message === withoutWorkflows ? 'debug' : levels[level]]({ ...meta }, message);
  });
}
