import type { Route } from './route.ts';
import { listFaults, readFault } from './routes/faults.ts';

/** Every route of the API: what is served, and what the OpenAPI document tells. */
export const routes: readonly Route[] = [listFaults, readFault];
