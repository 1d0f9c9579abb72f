import { z } from 'zod';

/** A body that a route reads. */
export interface BodyDeclaration<Body> {
  /** what it is by media type, as the OpenAPI document tells it */
  content: Record<string, z.ZodType>;
  /** as Express writes it, for example `64kb` */
  limit: string;
  /** `text` is handed to the handler as it came: it has a reader of its own */
  parse: { as: 'json'; schema: z.ZodType<Body>; anonymous?: z.ZodType<Body> } | { as: 'text' };
}

export interface JsonBodyOptions<Body> {
  limit?: string;
  /** takes the schema's place where callers are not asked who they are, and so have to say it; absent: the same */
  anonymous?: z.ZodType<Body>;
}

export function jsonBody<Body>(
  schema: z.ZodType<Body>,
  { limit = '64kb', anonymous }: JsonBodyOptions<NoInfer<Body>> = {},
): BodyDeclaration<Body> {
  return { content: { 'application/json': schema }, limit, parse: { as: 'json', schema, ...(anonymous && { anonymous }) } };
}

const document = z.looseObject({ kind: z.string().optional() }).meta({
  id: 'CampaignDocument',
  description: 'A campaign, or a document of another tool that squall reads: docs/campaign.md.',
  example: {
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: 'slow-network' },
    spec: {
      target: { namespace: 'shop', selector: 'app=cart' },
      steps: [{ experiment: { fault: 'pod-network-latency', target: 'all', parameters: { latency: '500ms' }, duration: '1m' } }],
    },
  },
});

/** A campaign's document, in YAML or JSON: its reader tells each mistake with its line. */
export const campaignDocument: BodyDeclaration<string> = {
  content: { 'application/yaml': document, 'text/yaml': document, 'application/x-yaml': document, 'application/json': document },
  limit: '1mb',
  parse: { as: 'text' },
};
