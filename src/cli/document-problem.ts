import { ApiProblem } from '../client/api.ts';

/** A document that the API refused: each mistake on a line of its own, at its place in the file. Other errors as they are. */
export function ofDocument(error: unknown, file: string): unknown {
  if (!(error instanceof ApiProblem) || error.errors.length === 0) return error;
  const name = file === '-' ? 'stdin' : file;
  const lines = error.errors.map(({ path, parameter, line, column, found, expected }) => {
    const place = line === undefined ? name : `${name}:${line}:${column ?? 1}`;
    const where = path ?? (parameter === undefined ? '' : `--${parameter}`);
    return `${place}${where === '' ? '' : ` ${where}`}: found ${found ?? 'a mistake'}, expected ${expected ?? 'another'}`;
  });
  return new ApiProblem(error.status, error.type, lines.join('\n'), error.errors);
}
