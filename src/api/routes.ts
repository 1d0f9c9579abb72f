import type { Route } from './route.ts';
import { readAuditRoute } from './routes/audit.ts';
import { decodePayloadsRoute, encodePayloadsRoute } from './routes/codec.ts';
import { readComparison } from './routes/comparison.ts';
import { readEvents } from './routes/events.ts';
import { listFaults, readFault } from './routes/faults.ts';
import { halt, liftHalt, readHalt } from './routes/halt.ts';
import { livez, readMetrics, readyz } from './routes/health.ts';
import { openApiRoute } from './routes/openapi.ts';
import { pageRoutes } from './routes/pages.ts';
import { createPlan } from './routes/plans.ts';
import { readReport } from './routes/report.ts';
import { cancelRunRoute, createRun, listRunsRoute, readRun, retryRun } from './routes/runs.ts';
import {
  callTrigger,
  createScheduleRoute,
  deleteScheduleRoute,
  listSchedulesRoute,
  pauseScheduleRoute,
  readScheduleRoute,
  replaceScheduleRoute,
  resumeScheduleRoute,
  triggerScheduleRoute,
} from './routes/schedules.ts';
import { readStatusRoute, steeringRoutes, tripStopCondition } from './routes/steering.ts';

/** Every route of the API: what is served, and what the OpenAPI document tells. */
export const routes: readonly Route[] = [
  createRun,
  listRunsRoute,
  readRun,
  readStatusRoute,
  readEvents,
  readReport,
  readComparison,
  readAuditRoute,
  retryRun,
  cancelRunRoute,
  ...steeringRoutes,
  tripStopCondition,
  createPlan,
  createScheduleRoute,
  listSchedulesRoute,
  readScheduleRoute,
  replaceScheduleRoute,
  deleteScheduleRoute,
  pauseScheduleRoute,
  resumeScheduleRoute,
  triggerScheduleRoute,
  callTrigger,
  readHalt,
  halt,
  liftHalt,
  listFaults,
  readFault,
  decodePayloadsRoute,
  encodePayloadsRoute,
  ...pageRoutes,
  livez,
  readyz,
  readMetrics,
  openApiRoute(() => routes),
];
