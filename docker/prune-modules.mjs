// Takes from installed packages what is of no use where they only run: Temporal's core for other platforms and its sources, and what
// compilers and debuggers read.
// usage: node prune-modules.mjs NODE_MODULES
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [modules] = process.argv.slice(2);
const core = join(modules, '@temporalio/core-bridge');
const releases = readdirSync(join(core, 'releases'));
const wanted = `${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch]}-unknown-linux-gnu`;
if (!releases.includes(wanted)) throw new Error(`${core}/releases: found ${releases.join(', ')}, expected ${wanted}`);
for (const name of releases.filter((release) => release !== wanted)) rmSync(join(core, 'releases', name), { recursive: true });
for (const sources of ['sdk-core', 'src']) rmSync(join(core, sources), { recursive: true, force: true });
for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true }))
  if (entry.isFile() && /\.(map|[cm]?ts)$/.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
