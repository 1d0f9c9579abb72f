import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
} from 'yaml';
import { type Issue, makeProblem, type Path, type Problem } from './problem.ts';

/** The largest document read, in bytes; what is larger is no campaign. */
export const maxDocumentBytes = 256 * 1024;
/** Enough for a document that repeats itself by anchors, too little for one that explodes. */
const maxAliasCount = 100;
/** One slip of a bracket makes many errors; the first ones say where. */
const maxSyntaxProblems = 20;
/** A campaign is 10 deep. */
const maxDepth = 50;

/** A document's values, and where each of them stands in the text. */
export interface SourceDocument {
  fileName: string;
  /** plain data: mappings, lists, text, numbers, booleans, null */
  value: unknown;
  /** Of the value at the path, or of its key; of the innermost part that exists when the path leads nowhere. Both from 1. */
  locate(path: Path, part?: 'key' | 'value'): { line: number; column: number };
  problem(issue: Issue): Problem;
}

export type ReadDocument = { ok: true; document: SourceDocument } | { ok: false; problems: Problem[] };

/** Reads the one YAML or JSON document in the text (JSON is YAML). Syntax errors come back as problems. */
export function readDocument(text: string, fileName = 'document'): ReadDocument {
  const fail = (found: string, expected: string, position = { line: 1, column: 1 }): ReadDocument => ({
    ok: false,
    problems: [makeProblem({ path: [], found, expected }, position, fileName)],
  });
  const bytes = Buffer.byteLength(text);
  if (bytes > maxDocumentBytes) return fail(`${bytes} bytes`, `a document of at most ${maxDocumentBytes} bytes`);

  if (nestsTooDeep(text)) return fail('collections nested without end', `a document at most ${maxDepth} deep`);

  const lines = new LineCounter();
  const all = [...parseAllDocuments(text, { lineCounter: lines, schema: 'core', stringKeys: true, prettyErrors: false })];
  const documents = all.filter((document) => !isEmpty(document));
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [document, ...others] = documents;
  if (document === undefined) return fail('an empty document', 'a campaign');

  const problems = documents.flatMap((each) => {
    const faults = [...each.errors, ...each.warnings].map((error) => ({ message: error.message, offset: error.pos[0] }));
    return [...faults, ...mistakes(each, maxDepth)].map(({ message, offset }) =>
      makeProblem(
        { path: [], found: `a mistake in the YAML or JSON: ${message}`, expected: 'a valid document' },
        position(offset),
        fileName,
      ),
    );
  });
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, maxSyntaxProblems) };
  if (others.length > 0) {
    const kinds = documents.map((each) => String(each.get('kind') ?? 'one without a kind'));
    const place = position(others[0]?.range?.[0] ?? 0);
    return fail(`${documents.length} documents (${kinds.join(', ')})`, 'one document, the campaign alone', place);
  }

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return fail(`more than ${maxAliasCount} values repeated by anchors`, 'a document that is not made to grow when read');
  }
  const locate: SourceDocument['locate'] = (path, part = 'value') => position(offsetOf(document, path, part));
  return {
    ok: true,
    document: {
      fileName,
      value,
      locate,
      problem: (issue) => makeProblem(issue, locate(issue.path, issue.onKey ? 'key' : 'value'), fileName),
    },
  };
}

/** The value at a path of plain data; undefined: there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** True for a mapping. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Well-formed YAML that no campaign needs and that would not survive as plain data. */
function mistakes(document: Document, depthLimit: number): { message: string; offset: number }[] {
  const found: { message: string; offset: number }[] = [];
  visit(document, {
    Pair(_, pair: Pair) {
      if (!isScalar(pair.key) || pair.key.value !== '__proto__') return undefined;
      found.push({ message: 'the key __proto__', offset: pair.key.range?.[0] ?? 0 });
      return undefined;
    },
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      if (target === undefined) found.push({ message: `no anchor ${alias.source} before its use`, offset: alias.range?.[0] ?? 0 });
      if (target === undefined || !ancestors.some((ancestor) => ancestor === target)) return undefined;
      found.push({ message: `the anchor ${alias.source} contains itself`, offset: alias.range?.[0] ?? 0 });
      return undefined;
    },
    Collection(_, node, ancestors) {
      if (ancestors.filter(isCollection).length < depthLimit) return undefined;
      found.push({ message: `collections more than ${depthLimit} deep`, offset: node.range?.[0] ?? 0 });
      return visit.BREAK;
    },
  });
  return found;
}

/** Deeper than any campaign by brackets or by dashes in a line, seen before the recursive parser spends its time and stack on it. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > maxDepth) return true;
  }
  return text.split('\n').some((line) => (/^(?:[ \t]*[-?](?=[ \t]))+/.exec(line)?.[0].match(/[-?]/g)?.length ?? 0) > maxDepth);
}

/** Nothing but a comment or a separator: a stream may end in one. */
function isEmpty(document: Document): boolean {
  const { contents, errors } = document;
  return errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null && contents.source === ''));
}

function offsetOf(document: Document, path: Path, part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) return offset;
      const keyOffset = startOf(pair.key) ?? offset;
      if (part === 'key' && index === path.length - 1) return keyOffset;
      node = pair.value;
      // an empty value stands where nothing is seen: its key is the place to look at
      offset = isScalar(node) && node.value === null ? keyOffset : (startOf(node) ?? keyOffset);
    } else if (isSeq(node) && typeof key === 'number') {
      const item: unknown = node.items[key];
      if (item === undefined) return offset;
      node = item;
      offset = startOf(item) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? ((node as Node).range?.[0] ?? undefined) : undefined;
}
