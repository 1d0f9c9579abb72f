import { z } from 'zod';
import type { Permission } from '../../contracts/plan.ts';

/** A rule of a Role or a ClusterRole. */
export const permission = z
  .object({
    apiGroup: z.string(),
    resource: z.string(),
    subresource: z.string().exactOptional(),
    verbs: z.array(z.string()),
    allNamespaces: z.literal(true).exactOptional(),
  })
  .meta({
    id: 'Permission',
    description: 'A rule of the Role, or for what has no namespace of the ClusterRole, that is needed',
  }) satisfies z.ZodType<Permission>;
