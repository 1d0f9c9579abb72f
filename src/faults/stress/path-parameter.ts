import { type Parameter, textParameter } from '../parameters/parameter.ts';

/** Where files are made. */
export const pathParameter: Parameter = textParameter({
  sets: 'path',
  pattern: /^\/[^\0\n]*$/,
  expected: 'an absolute path in the container',
  example: '/data',
  refused: ['data', './data'],
  description:
    'a directory of the file system that is meant, such as where a volume is mounted; absent: the first of /, /tmp and /var/tmp that can be written to',
});

export function pathFlags(path: unknown): string[] {
  return typeof path === 'string' ? ['--path', path] : [];
}
