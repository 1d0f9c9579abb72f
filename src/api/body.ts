import { z } from 'zod';

/** A body that a route reads. */
export interface BodyDeclaration<Body> {
  /** what it is by media type, as the OpenAPI document tells it */
  content: Record<string, z.ZodType>;
  /** other names of these media types, which are taken, too */
  alsoTaken?: readonly string[];
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
  description:
    'A campaign, or a document of another tool that squall reads: docs/campaign.md. `squall schema` prints the JSON Schema of a campaign; what is told here is only its outline.',
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

/** A document in YAML or JSON, whose own reader tells each mistake with its line. */
export function documentBody(schema: z.ZodType): BodyDeclaration<string> {
  return {
    content: { 'application/yaml': schema, 'application/json': schema },
    alsoTaken: ['text/yaml', 'application/x-yaml'],
    limit: '1mb',
    parse: { as: 'text' },
  };
}

export const campaignDocument = documentBody(document);
