import { z } from 'zod';

export const seedQuery = z.strictObject({
  seed: z
    .string({ error: 'one seed' })
    .regex(/^[\x21-\x7e]{1,128}$/, { error: '1 to 128 printable ASCII characters without spaces' })
    .optional()
    .meta({ description: "what the run's random choices are made from; absent: the document's, else drawn", example: 'k3v9x2mp' }),
});
