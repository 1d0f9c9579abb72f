import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { AuthSource } from './auth/auth-source.ts';
import type { RequestLimits } from './limits.ts';
import type { ApiMetrics } from './metrics.ts';

/** What the routes need. */
export interface ApiContext {
  client: Client;
  /** the names of the configured clusters */
  clusters: readonly string[];
  /** those that a campaign may name; absent: none is configured here, and workers alone know */
  knownClusters?: readonly string[];
  /** base URL of Temporal's Web UI */
  uiUrl: string | null;
  /** base URL of the Grafana that has squall's dashboards; absent: there is none, and no link to it */
  grafanaUrl?: string;
  /** the one key of everybody; null: there is none. With neither key nor auth file only requests from this machine are answered */
  key: string | null;
  /** the auth file; null: there is none */
  auth: AuthSource | null;
  /** what one caller may take; absent: the default */
  limits?: RequestLimits;
  log: Logger;
  metrics: ApiMetrics;
  /** aborts when the process begins to end */
  closing: AbortSignal;
  /** for tests: an answer that its route's declaration does not foresee is an error */
  verifyReplies?: boolean;
}
