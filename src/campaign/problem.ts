/** A place in a document: keys of mappings and indexes of lists, from the root. */
export type Path = (string | number)[];

/** A mistake in a document, complete: where, what was found there, and what was expected instead. */
export interface Problem {
  /** for example `spec.steps[2].experiment.duration`; empty: the document itself */
  path: string;
  /** from 1 */
  line: number;
  /** from 1 */
  column: number;
  found: string;
  expected: string;
  /** ready to print: `file:line:column path: found …, expected …` */
  message: string;
}

/** A mistake as the reader of a part finds it, before it is given its line. */
export interface Issue {
  path: Path;
  found: string;
  expected: string;
  /** the mistake is the key itself, not the value under it */
  onKey?: boolean;
}

export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

export function makeProblem(issue: Issue, position: { line: number; column: number }, fileName: string): Problem {
  const path = formatPath(issue.path);
  const place = `${fileName}:${position.line}:${position.column}${path === '' ? '' : ` ${path}`}`;
  return {
    path,
    ...position,
    found: issue.found,
    expected: issue.expected,
    message: `${place}: found ${issue.found}, expected ${issue.expected}`,
  };
}
