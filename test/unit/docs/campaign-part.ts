import assert from 'node:assert/strict';
import { parse as parseYaml } from 'yaml';

/** A part of a campaign, as an info string names it (`yaml spec.steps`), within an otherwise complete campaign. */
export function completeCampaign(of: string, text: string): string {
  const experiment: Record<string, unknown> = { fault: 'pod-delete', target: 'all' };
  const spec: Record<string, unknown> = { target: { namespace: 'default', selector: 'app=redis' }, steps: [{ experiment }] };
  const part: unknown = parseYaml(text);
  if (of === 'experiment') spec.steps = [{ experiment: part }];
  else if (of === 'experiment.target') experiment.target = part;
  else if (of.startsWith('spec.')) spec[of.slice('spec.'.length)] = part;
  else assert.fail(`an example of ${of}: the test does not know where that belongs`);
  return JSON.stringify({ apiVersion: 'squall.dev/v1', kind: 'Campaign', metadata: { name: 'example' }, spec });
}
