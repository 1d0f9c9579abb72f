import { ApiProblem, request } from '../../client/api.ts';
import { errorMessage } from '../../error-message.ts';
import { apiAccess, isApiConfigured } from '../api-access.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** Whether the API answers, can do its work, and lets this caller in. */
export async function checkApi(option: string | undefined): Promise<Check[]> {
  const access = apiAccess(option);
  const subject = access.url;
  try {
    await request(access, '/livez', { accept: '*/*', signal: AbortSignal.timeout(5_000) });
  } catch (error) {
    // Nobody said that there is one: steering and all that goes to the clusters does without.
    const tell = isApiConfigured(option) ? failed : warning;
    return [tell('api', subject, errorMessage(error), 'start it: squall api; or say where it is: SQUALL_API_URL or --api')];
  }
  return [await ready(access, subject), await letsIn(access, subject)];
}

async function ready(access: ReturnType<typeof apiAccess>, subject: string): Promise<Check> {
  try {
    await request(access, '/readyz', { accept: '*/*', signal: AbortSignal.timeout(5_000) });
    return ok('api', subject, 'it answers, and reaches Temporal');
  } catch (error) {
    return failed('api', subject, errorMessage(error), "see that Temporal answers at the API's own TEMPORAL_ADDRESS; its log says more");
  }
}

async function letsIn(access: ReturnType<typeof apiAccess>, subject: string): Promise<Check> {
  try {
    await request(access, '/v1/runs?limit=1', { signal: AbortSignal.timeout(10_000) });
    return ok('api', subject, access.token === null ? 'it asks for no key' : 'it takes the token');
  } catch (error) {
    const refused = error instanceof ApiProblem && (error.status === 401 || error.status === 403);
    const mend = refused ? 'give the key or token it wants: SQUALL_API_TOKEN or SQUALL_API_TOKEN_FILE' : "the API's log says more";
    return failed('api', subject, errorMessage(error), mend);
  }
}
