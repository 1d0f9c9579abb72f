import { z } from 'zod';

/** A time as the API tells it. */
export const time = z.iso.datetime({ precision: 3 }).meta({ description: 'ISO 8601 in UTC', example: '2030-01-02T03:04:05.678Z' });
/** Times of a workflow's own state. */
export const epochMs = z.number().meta({ description: 'ms since the epoch', example: 1893553445678 });
