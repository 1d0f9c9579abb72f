#!/usr/bin/env node
import { keepCompiled } from './cli/keep-compiled.ts';

// A reader that has seen enough (`squall list | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

keepCompiled();
const { runCommandLine } = await import('./cli/command-line.ts');
process.exitCode = await runCommandLine(process.argv.slice(2));
