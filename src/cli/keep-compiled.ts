import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * What is loaded from here on is compiled once, and then taken from the caller's own cache: compiling is most of what a short command
 * takes. Not in the folder for temporary files, which is Node's choice: others may write there, and what is in it is run. Where it cannot be
 * written to, all is as without it.
 */
export function keepCompiled(): void {
  // Node counts what is covered less exactly in what comes from the cache.
  if (process.env.NODE_V8_COVERAGE !== undefined) return;
  enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'squall', 'compiled'));
}
