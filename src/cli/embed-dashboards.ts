import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMap, isPair, isScalar, isSeq, type Pair, parseDocument, visit } from 'yaml';
import { pruneDashboard } from '../dashboards/prune-dashboard.ts';
import { errorMessage } from '../error-message.ts';

export interface Embedded {
  text: string;
  /** files that could not be read, a sentence each; they stay as they are written */
  problems: string[];
}

/**
 * Puts what dashboards' files have where a campaign names them (`spec.preflight.dashboards[].file`): the API reads no files. Each takes the
 * place of its key and value, on one line, so that whatever else is wrong is still told by its line.
 *
 * @param folder that paths are relative to
 */
export function embedDashboards(text: string, folder: string): Embedded {
  if (!/\bdashboards\b/.test(text)) return { text, problems: [] };
  const document = parseDocument(text, { stringKeys: true, prettyErrors: false });
  const found: { from: number; to: number; path: string }[] = [];
  visit(document, {
    Pair(_, pair, ancestors) {
      if (keyOf(pair) !== 'file' || !isScalar(pair.value) || typeof pair.value.value !== 'string') return;
      // dashboards: [ { file: … } ], under preflight.
      const parents = ancestors.filter((node) => isPair(node)).map((node) => keyOf(node as Pair));
      if (!isMap(ancestors.at(-1)) || !isSeq(ancestors.at(-2)) || parents.at(-1) !== 'dashboards' || parents.at(-2) !== 'preflight') return;
      const from = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      const to = pair.value.range?.[1];
      if (from !== undefined && to !== undefined) found.push({ from, to, path: pair.value.value });
    },
  });
  const problems: string[] = [];
  let embedded = text;
  for (const { from, to, path } of found.toReversed()) {
    try {
      const json: unknown = JSON.parse(readFileSync(resolve(folder, path), 'utf8'));
      embedded = `${embedded.slice(0, from)}"json": ${JSON.stringify(pruneDashboard(json))}${embedded.slice(to)}`;
    } catch (error) {
      problems.unshift(
        `spec.preflight.dashboards: file: found ${path}, expected a dashboard's JSON, beside the campaign (${errorMessage(error)})`,
      );
    }
  }
  return { text: embedded, problems };
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}
