import { campaignSchema } from '../campaign/json-schema/campaign-schema.ts';

/** `squall schema` */
export function schema(): number {
  process.stdout.write(`${JSON.stringify(campaignSchema(), null, 2)}\n`);
  return 0;
}
