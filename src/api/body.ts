import { z } from 'zod';

/** A body that a route reads. */
export interface BodyDeclaration<Body> {
  /** what it is by media type, as the OpenAPI document tells it */
  content: Record<string, z.ZodType>;
  /** as Express writes it, for example `64kb` */
  limit: string;
  /** `text` is handed to the handler as it came: it has a reader of its own */
  parse: { as: 'json'; schema: z.ZodType<Body> } | { as: 'text' };
}

export function jsonBody<Schema extends z.ZodType>(schema: Schema, limit = '64kb'): BodyDeclaration<z.output<Schema>> {
  return { content: { 'application/json': schema }, limit, parse: { as: 'json', schema: schema as z.ZodType<z.output<Schema>> } };
}

const document = z.looseObject({ kind: z.string().optional() }).meta({
  id: 'CampaignDocument',
  description: 'A campaign, or a document of another tool that squall reads: docs/campaign.md.',
});

/** A campaign's document, in YAML or JSON: its reader tells each mistake with its line. */
export const campaignDocument: BodyDeclaration<string> = {
  content: { 'application/yaml': document, 'text/yaml': document, 'application/x-yaml': document, 'application/json': document },
  limit: '1mb',
  parse: { as: 'text' },
};
