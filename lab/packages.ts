import { existsSync } from 'node:fs';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { findGo, goMissing, judgeGo } from './artifacts/go.ts';
import { LabFailure } from './failure.ts';
import { withLock } from './lock.ts';
import { cacheRoot } from './paths.ts';
import type { Progress } from './progress.ts';
import { attempt, run } from './run.ts';

export interface Need {
  /** a command on PATH, or an absolute path */
  file: string;
  /** the Debian package that brings it */
  package: string;
  why: string;
}

/** What the native lab takes from the machine. */
const needs: Need[] = [
  { file: 'etcd', package: 'etcd-server', why: 'store of the Kubernetes API server' },
  { file: 'containerd', package: 'containerd', why: 'runs the containers of a node' },
  { file: 'runc', package: 'runc', why: 'runs the containers of a node' },
  { file: '/usr/lib/cni/bridge', package: 'containernetworking-plugins', why: 'network of the pods' },
  { file: 'ip', package: 'iproute2', why: 'network of the nodes' },
  { file: 'iptables', package: 'iptables', why: 'kube-proxy writes its rules with it' },
  { file: 'openssl', package: 'openssl', why: 'certificates' },
  { file: 'nsenter', package: 'util-linux', why: 'enters the namespaces of a node' },
  { file: 'mmdebstrap', package: 'mmdebstrap', why: 'root file system of the images' },
  { file: '/usr/share/keyrings/debian-archive-keyring.gpg', package: 'debian-archive-keyring', why: 'root file system of the images' },
  { file: 'buildah', package: 'buildah', why: 'builds the images' },
  { file: 'prometheus', package: 'prometheus', why: 'measures' },
  { file: 'redis-server', package: 'redis-server', why: 'what the tests of the redis probes ask' },
];

/** What the tests of Temporal's Web UI take from the machine. They install it themselves: nothing else needs a browser. */
export const browserNeeds: Need[] = [
  { file: 'chromium', package: 'chromium', why: 'looks at the Web UI' },
  { file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', package: 'fonts-dejavu-core', why: 'without it pages have no letters' },
];

/** What the test of alerts takes from the machine, beside Prometheus. It installs it itself. */
export const alertNeeds: Need[] = [{ file: 'prometheus-alertmanager', package: 'prometheus-alertmanager', why: 'tells of alerts' }];

/** What a soak takes from the machine, and installs itself. */
export const soakNeeds: Need[] = [{ file: 'faketime', package: 'faketime', why: "it steps a process's clock" }];

/** What checks the model of docs/model. Its test installs it. */
export const modelNeeds: Need[] = [
  { file: 'spin', package: 'spin', why: 'makes a checker of the model' },
  { file: 'gcc', package: 'gcc', why: 'compiles the checker' },
  { file: '/usr/include/stdio.h', package: 'libc6-dev', why: 'compiles the checker' },
];

/** The shells whose completion is tested, beside the one that is everywhere. Their test installs them. */
export const shellNeeds: Need[] = [
  { file: 'zsh', package: 'zsh', why: 'completes commands' },
  { file: 'fish', package: 'fish', why: 'completes commands' },
];

export function present(file: string): boolean {
  if (file.startsWith('/')) return existsSync(file);
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, file)));
}

export function missingNeeds(of: readonly Need[] = needs): Need[] {
  return of.filter((need) => !present(need.file));
}

const servicePolicy = '/usr/sbin/policy-rc.d';
/** Marks the policy as ours, so that one left behind by an interrupted installation is told from the machine's own. */
const servicePolicyText = '#!/bin/sh\n# squall lab: services do not start while packages are being installed\nexit 101\n';

/**
 * Installs what the lab is missing by apt, without starting any service.
 * @throws LabFailure naming what is missing when there is no apt, or apt fails
 */
export async function ensurePackages(progress: Progress): Promise<void> {
  await install(progress, needs, await findGo());
}

/** The same for other needs than the lab's. Throws as `ensurePackages`. */
export async function ensureNeeds(progress: Progress, of: readonly Need[]): Promise<void> {
  await install(progress, of, null);
}

/** @param go null: it is not needed */
async function install(progress: Progress, of: readonly Need[], go: Awaited<ReturnType<typeof findGo>> | null): Promise<void> {
  const missing = packagesOf(missingNeeds(of));
  if (missing.length === 0 && (go === null || go.usable)) return;
  if (!present('apt-get')) {
    throw new LabFailure(
      `missing: ${missing.join(', ')}; found no apt-get to install them with, expected Debian or a derivative (or the packages installed by hand)`,
    );
  }
  await progress.task('packages', `installing ${missing.join(' ') || 'golang-go'}`, (say) =>
    withLock(
      join(cacheRoot(), 'locks', 'apt.lock'),
      (owner) => say(`waiting for process ${owner?.pid ?? '?'}, which is installing packages`),
      async () => {
        const packages = packagesOf(missingNeeds(of));
        if (go !== null && !go.usable) {
          const packaged = await aptGo();
          if (packaged === undefined) throw goMissing(go);
          packages.push(packaged);
        }
        if (packages.length > 0) await withoutServices(() => aptInstall(packages, say));
      },
    ),
  );
}

function packagesOf(missing: readonly Need[]): string[] {
  return [...new Set(missing.map((need) => need.package))];
}

async function aptInstall(packages: string[], say: (doing: string) => void): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  const first = await attempt(install, { env });
  if (first.code === 0) return;
  // The lists of packages are absent or old: a package is not found by its name or by its version.
  say('updating the lists of packages');
  await run(['apt-get', 'update'], { env });
  say(`installing ${packages.join(' ')}`);
  await run(install, { env });
}

/** The Go that apt offers, when it can build the lab's parts or fetch one that can. */
export async function aptGo(): Promise<'golang-go' | undefined> {
  const policy = await attempt(['apt-cache', 'policy', 'golang-go']).catch(() => undefined);
  const [, version] = /Candidate:\s+(?:\d+:)?(\d+\.\d+)/.exec(policy?.stdout ?? '') ?? [];
  return version !== undefined && judgeGo(`go${version}`, 'auto').usable ? 'golang-go' : undefined;
}

/** Runs `work` while Debian's service scripts are told not to start anything, then puts back what was there. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  const saved = `${servicePolicy}.squall-saved`;
  const before = await readFile(servicePolicy, 'utf8').catch(() => undefined);
  if (before !== undefined && before !== servicePolicyText) await rename(servicePolicy, saved);
  await writeFile(servicePolicy, servicePolicyText);
  await chmod(servicePolicy, 0o755);
  try {
    await work();
  } finally {
    if (existsSync(saved)) await rename(saved, servicePolicy);
    else await rm(servicePolicy, { force: true });
  }
}
