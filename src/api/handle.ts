import type { Client } from '@temporalio/client';
import type { Request, RequestHandler, Response } from 'express';
import { Problem } from './problem.ts';

const deadlineMs = 10_000;

/** A handler whose calls to Temporal, together, are given up after 10 s. */
export function handle<More extends string = never>(
  client: Client,
  handler: (req: Request<Record<'id' | More, string>>, res: Response) => Promise<void>,
): RequestHandler<Record<'id' | More, string>> {
  return (req, res) => client.withDeadline(Date.now() + deadlineMs, () => handler(req, res));
}

/** The last handler of a route. @param allowed the methods it has, for example `GET, POST` */
export function methodNotAllowed(allowed: string): RequestHandler {
  return (req) => {
    const detail = `${req.originalUrl.split('?')[0]} knows ${allowed}, not ${req.method}.`;
    throw new Problem(405, 'method-not-allowed', 'Method not allowed', detail, { headers: { Allow: allowed } });
  };
}
