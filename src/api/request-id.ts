import type { Response } from 'express';

export const requestIdHeader = 'x-request-id';

/** The id the first middleware gave the request. */
export function requestIdOf(res: Response): string {
  return String(res.getHeader(requestIdHeader));
}
