import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** Schemas of zod as JSON Schema, those with an id as components that the others refer to. */
export class SchemaCollection {
  readonly components: Record<string, JsonSchema> = {};

  /** @param io `input`: what a client sends. `output`: what it is sent */
  add(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const whole = z.toJSONSchema(z.object({ it: schema }), {
      io,
      unrepresentable: 'any',
      override: ({ jsonSchema }) => {
        // What is sent may get more members in a later release, which no client should stumble over.
        if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
        // Its format says it; zod's pattern of it is long, and says the same.
        if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
        const { example } = jsonSchema;
        delete jsonSchema.example;
        delete jsonSchema.id;
        if (example !== undefined) jsonSchema.examples = [example];
      },
    });
    const { $defs = {}, properties = {} } = JSON.parse(JSON.stringify(whole).replaceAll('"#/$defs/', '"#/components/schemas/')) as {
      $defs?: Record<string, JsonSchema>;
      properties?: Record<string, JsonSchema>;
    };
    for (const [id, component] of Object.entries($defs)) this.#define(id, component);
    return properties.it ?? {};
  }

  #define(id: string, component: JsonSchema): void {
    const known = this.components[id];
    if (known !== undefined && !isDeepStrictEqual(known, component))
      throw new Error(`two schemas have the id ${id}, or one differs as input and output`);
    this.components[id] = component;
  }
}
