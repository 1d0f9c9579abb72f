import express, { type Request, type RequestHandler } from 'express';
import { parseCampaign } from '../campaign/parse.ts';
import type { Campaign } from '../contracts/campaign.ts';
import { Problem } from './problem.ts';

const mediaTypes = ['application/yaml', 'text/yaml', 'application/x-yaml', 'application/json'];

const requireMediaType: RequestHandler = (req, _res, next) => {
  if (!req.is(mediaTypes)) {
    const found = req.get('content-type') ?? 'no body or no Content-Type';
    const detail = `Content-Type: found ${found}, expected one of ${mediaTypes.join(', ')}.`;
    throw new Problem(415, 'unsupported-media-type', 'Unsupported media type', detail, { headers: { Accept: mediaTypes.join(', ') } });
  }
  next();
};

/** Reads the body of a request that carries a campaign's document. */
export const documentBody: RequestHandler[] = [requireMediaType, express.text({ type: mediaTypes, limit: '1mb' })];

/** @throws Problem 422 with every mistake in the document */
export function readDocument(req: Request): { document: string; campaign: Campaign } {
  const document = String(req.body);
  return { document, campaign: parseDocument(document) };
}

/** @throws Problem 422 with every mistake in the document */
export function parseDocument(document: string): Campaign {
  const result = parseCampaign(document);
  if (result.ok) return result.campaign;
  const { problems } = result;
  const detail = `The document has ${problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`}; each is in errors.`;
  throw new Problem(422, 'invalid-document', 'The document is not a campaign squall can run', detail, { members: { errors: problems } });
}
