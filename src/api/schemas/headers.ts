import { z } from 'zod';

/** Of an answer that tells where to look on. */
export const location = z.object({ Location: z.string().meta({ description: 'where to look on', example: '/v1/runs/redis-k3v9x2mp' }) });

/** Of a request that can be repeated without fear. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z.string().optional().meta({
    description:
      'One key stands for one request: repeated, it has no second effect. A token, or a string as RFC 8941 writes it, of 1 to 255 characters.',
    pattern: `^("([ !#-\\[\\]-~]|\\\\["\\\\]){1,255}"|[!#$%&'*+\\-.^_\`|~0-9A-Za-z:/=]{1,255})$`,
    example: '"a deploy of today"',
  }),
});
