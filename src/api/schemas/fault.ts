import { z } from 'zod';
import type { FaultDescription } from '../../faults/describe-fault.ts';
import { opaque } from './opaque.ts';
import { permission } from './permission.ts';

const written = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.record(z.string(), z.string())]);

const parameter = z
  .object({
    name: z.string(),
    effective: z.string().meta({ description: 'its name among the effective parameters of a plan or a report' }),
    form: z.string().meta({ description: 'what a value is, with its range', example: 'a duration, 1ms to 1m' }),
    description: z.string(),
    required: z.boolean(),
    default: written.nullable().meta({ description: 'as its author would write it; null: none' }),
    schema: opaque<object>('JSON Schema of what is written'),
  })
  .meta({ id: 'FaultParameter' });

/** A fault of the catalogue. */
export const fault = z
  .object({
    name: z.string(),
    family: z.enum(['pod', 'stress', 'network', 'dns', 'http', 'node', 'workload', 'object', 'redis']),
    summary: z.string(),
    notes: z.string().meta({ description: 'Markdown' }),
    aliases: z.array(z.object({ name: z.string(), note: z.string() })),
    targets: z.enum(['pods', 'nodes', 'workload', 'objects']),
    roles: z.array(z.string()).meta({ description: 'the roles a target may be chosen by' }),
    holds: z.boolean().meta({ description: 'false: it is done in an instant, and its duration is how long its consequences are observed' }),
    defaultDuration: z.string(),
    parameters: z.array(parameter),
    needs: z.string().meta({ description: 'what it needs of kernel, cluster or image' }),
    notOnTheLab: z.string().nullable().meta({ description: 'why it is not measured on the lab; null: it is' }),
    permissions: z.array(permission),
    litmus: z
      .object({
        experiment: z.string(),
        defaultDuration: z.string(),
        variables: z.array(z.object({ name: z.string(), aliasOf: z.string().nullable() })),
      })
      .nullable()
      .meta({ description: 'how a Litmus document spells it; null: Litmus has no such experiment' }),
    example: z.string().meta({ description: 'an experiment of the language, in YAML' }),
  })
  .meta({ id: 'Fault', description: 'A fault of the catalogue' }) satisfies z.ZodType<FaultDescription>;
