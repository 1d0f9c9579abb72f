import { request } from '../client/api.ts';
import { apiAccess } from './api-access.ts';
import type { apiOption } from './common-options.ts';
import type { Given } from './declare.ts';

/** `squall audit RUN` */
export async function audit({ words: [id = ''], options }: Given<typeof apiOption>): Promise<number> {
  const path = `/v1/runs/${encodeURIComponent(id)}/audit`;
  const { body } = await request(apiAccess(options.api), path, { accept: 'application/x-ndjson, application/problem+json' });
  if (body !== null) for await (const chunk of body) process.stdout.write(chunk);
  return 0;
}
