import express, { type RequestHandler } from 'express';
import { Problem } from './problem.ts';

const requireJson: RequestHandler = (req, _res, next) => {
  if (!req.is('application/json')) {
    const found = req.get('content-type') ?? 'no body or no Content-Type';
    const detail = `Content-Type: found ${found}, expected application/json.`;
    throw new Problem(415, 'unsupported-media-type', 'Unsupported media type', detail, { headers: { Accept: 'application/json' } });
  }
  next();
};

/** Reads a body in JSON, of any type, of at most so much. */
export function jsonBody(limit: string): RequestHandler[] {
  return [requireJson, express.json({ limit, strict: false })];
}
