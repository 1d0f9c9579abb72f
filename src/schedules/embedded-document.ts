import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, LineCounter, parseDocument, parse as parseYaml, stringify } from 'yaml';

/** A document within a document, as text. */
export interface EmbeddedDocument {
  /** with everything around it blank, so that each part of it stands where it does in the whole: for telling mistakes */
  inPlace: string;
  /** by itself, with the author's comments where they can be kept */
  alone: string;
}

/** Takes the mapping at a path out of a YAML or JSON text that is known to be well-formed; undefined: there is no mapping. */
export function embeddedDocument(text: string, path: string[]): EmbeddedDocument | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false });
  const node = document.getIn(path, true);
  if (!isNode(node) || !isMap(node) || !node.range) return undefined;
  const [start, , end] = node.range;
  const { line, col } = lines.linePos(start);
  const inside = text.slice(start, end);
  const before = '\n'.repeat(line - 1);
  const indent = ' '.repeat(col - 1);
  const value: unknown = node.toJS(document);
  const dedented = inside.replaceAll(new RegExp(`^ {1,${Math.max(col - 1, 1)}}`, 'gm'), '');
  const alone = [dedented, inside].find((candidate) => isDeepStrictEqual(parsedOrNothing(candidate), value)) ?? stringify(value);
  return { inPlace: `${before}${indent}${inside}`, alone: alone.endsWith('\n') ? alone : `${alone}\n` };
}

function parsedOrNothing(text: string): unknown {
  try {
    return parseYaml(text, { schema: 'core' });
  } catch {
    return undefined;
  }
}
