import { requestJson } from '../client/api.ts';
import type { Comparison } from '../contracts/comparison.ts';
import { renderComparisonText } from '../report/compare/comparison-text.ts';
import { apiAccess } from './api-access.ts';
import type { compareOptions } from './commands/runs.ts';
import type { Given } from './declare.ts';
import { exitCodes } from './exit-codes.ts';
import { print } from './output.ts';
import { paintFor } from './terminal.ts';

/** `squall compare BEFORE AFTER` */
export async function compare({ words: [before = '', after = ''], options }: Given<typeof compareOptions>): Promise<number> {
  const path = `/v1/runs/${encodeURIComponent(after)}/comparison?${new URLSearchParams({ with: before })}`;
  const comparison = await requestJson<Comparison>(apiAccess(options.api), path);
  print(options.output, comparison, () => renderComparisonText(comparison, paintFor(process.stdout)));
  return comparison.outcome === 'worse' ? exitCodes.failed : exitCodes.done;
}
