// Runs test files in this process, in the order given, and ends by itself when nothing of theirs is left open.
// usage: node scripts/test/mocha-process.ts PATTERN FILE...   (PATTERN empty: every test)
import Mocha from 'mocha';
import { Reporter } from './reporter.ts';

const lingerMs = 30_000;
/** For a test that says nothing else. Mocha's own 2 s are too few where all tests go at once; speed is asserted by benches. */
const timeoutMs = 30_000;
const [pattern = '', ...files] = process.argv.slice(2);

const mocha = new Mocha({ reporter: Reporter, forbidOnly: true, timeout: timeoutMs, color: process.stdout.isTTY });
if (pattern !== '') mocha.grep(new RegExp(pattern));
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();

const failures = await new Promise<number>((resolve) => mocha.run(resolve));
process.exitCode = failures === 0 ? 0 : 1;

// Something a test left open keeps this process alive: that is a defect to name, not to end silently.
setTimeout(() => {
  process.stdout.write(
    `  The tests ended, but the process did not within ${lingerMs / 1000} s: left open: ${process.getActiveResourcesInfo().join(', ')}\n`,
  );
  process.exit(1);
}, lingerMs).unref();
