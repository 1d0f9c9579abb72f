import { z } from 'zod';
import { type RequestName, requestObjects } from '../../control/requests.ts';
import { jsonBody } from '../body.ts';

/** What an authenticated caller may say of itself, and whoever is not asked for a key has to. */
export const optionalActor = z
  .string({ error: '1 to 200 characters that say who asks' })
  .trim()
  .min(1, { error: '1 to 200 characters that say who asks' })
  .max(200, { error: '1 to 200 characters that say who asks' })
  .optional()
  .meta({
    pattern: '\\S',
    description: "who asks, beside the caller's own name; it is needed where callers are not asked for a key",
    example: 'anna',
  });

const { pause, resume, abort, approve, extend, skip, 'retry-experiment': retry, 'settle-undo': settle } = requestObjects;
const actor = { actor: optionalActor };

/** The bodies of the requests that steer a run. */
export const steeringBodies = {
  pause: jsonBody(pause.extend(actor).meta({ id: 'PauseRequest' }), { anonymous: pause }),
  resume: jsonBody(resume.extend(actor).meta({ id: 'ResumeRequest' }), { anonymous: resume }),
  abort: jsonBody(abort.extend(actor).meta({ id: 'AbortRequest' }), { anonymous: abort }),
  approve: jsonBody(approve.extend(actor).meta({ id: 'ApproveRequest' }), { anonymous: approve }),
  extend: jsonBody(extend.extend(actor).meta({ id: 'ExtendRequest' }), { anonymous: extend }),
  skip: jsonBody(skip.extend(actor).meta({ id: 'SkipRequest' }), { anonymous: skip }),
  'retry-experiment': jsonBody(retry.extend(actor).meta({ id: 'RetryExperimentRequest' }), { anonymous: retry }),
  'settle-undo': jsonBody(settle.extend(actor).meta({ id: 'SettleUndoRequest' }), { anonymous: settle }),
} satisfies Record<RequestName, unknown>;
