import { bad, parseChoice, parseInteger, parsePercent } from '../../campaign/units.ts';
import { type LitmusVariable, litmusNoEffect, litmusSets } from '../definition.ts';
import { bodyParameters } from './http-parameters.ts';

/** The variables that all of Litmus's HTTP experiments share. */
export const litmusRequests: Record<string, LitmusVariable> = {
  TARGET_SERVICE_PORT: litmusSets(
    (value) => parseInteger(value, { min: 1, max: 65_535 }),
    (port) => ({ port }),
  ),
  TOXICITY: litmusSets(
    (value) => parsePercent(value, { min: 1 }),
    (percent) => ({ percent }),
  ),
  PROXY_PORT: litmusNoEffect("squall's proxy takes a free port"),
  NETWORK_INTERFACE: litmusNoEffect('squall redirects what comes by any interface but lo'),
};

const { contentType } = bodyParameters('');

/** The variables about a body in place of the app's. */
export const litmusBody: Record<string, LitmusVariable> = {
  RESPONSE_BODY: { read: (value) => ({ kind: 'set', values: { body: value } }) },
  CONTENT_TYPE: {
    read: (value) => {
      const parsed = contentType?.parse(value) ?? bad(value, 'a media type');
      return parsed.ok
        ? { kind: 'set', values: { contentType: value } }
        : { kind: 'problem', found: parsed.found, expected: parsed.expected };
    },
  },
  CONTENT_ENCODING: litmusSets(
    (value) => parseChoice(value, ['identity', 'gzip', 'deflate']),
    (contentEncoding) => ({ contentEncoding }),
  ),
};
