import type { Given } from '../declare.ts';
import { scripts } from './scripts.ts';

/** `squall completion SHELL` */
export function completion({ words: [shell = ''] }: Pick<Given<Record<never, never>>, 'words'>): number {
  process.stdout.write(scripts[shell] ?? '');
  return 0;
}
