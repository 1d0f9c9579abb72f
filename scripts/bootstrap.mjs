// Runs a TypeScript entry point of the project from any checkout, fresh or not: installs the locked
// packages when node_modules is absent or older than the lockfile, finds a Node that can run
// TypeScript (22.19 or newer; the npm package `node` brings one), and hands over to it.
// Plain JavaScript without dependencies, so that an older system Node (18 or newer) can run it.
//
// usage: node scripts/bootstrap.mjs ENTRY.ts [ARGUMENT...]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.squall-lock');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

function installPackages() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('squall: installing npm packages (npm ci)\n');
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    process.stderr.write(`squall: npm ci failed${result.error ? `: ${result.error.message}` : ` with exit code ${result.status}`}\n`);
    process.exit(69);
  }
  writeFileSync(stamp, lock);
}

function canRunTypeScript(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 19);
}

function findNode() {
  if (canRunTypeScript(process.version)) return process.execPath;
  const packaged = join(root, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  process.stderr.write(`squall: found Node ${process.version}, expected 22.19 or newer, and the npm package "node" brought none\n`);
  return process.exit(69);
}

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) {
  process.stderr.write('usage: node scripts/bootstrap.mjs ENTRY.ts [ARGUMENT...]\n');
  process.exit(64);
}
installPackages();
const node = findNode();
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, entry), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
});
// The terminal sends Ctrl-C to the whole process group; a SIGTERM reaches this process alone.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => {
  process.stderr.write(`squall: ${node}: ${error.message}\n`);
  process.exit(69);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
