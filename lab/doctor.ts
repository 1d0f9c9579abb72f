import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { findGo } from './artifacts/go.ts';
import { findCgroups } from './cgroups.ts';
import { heldSlot } from './claim.ts';
import { findEngine } from './engine-cluster.ts';
import { links, networkNamespaces } from './network.ts';
import { aptGo, missingNeeds, present } from './packages.ts';
import { stateRoot } from './paths.ts';
import { attempt } from './run.ts';
import { slotCount, slotOf } from './slot.ts';

export interface Diagnosis {
  what: string;
  /** fatal: the lab cannot come up; mended: `up` sees to it by itself; note: worth knowing */
  severity: 'fatal' | 'mended' | 'note';
  why: string;
  mend: string;
}

/** What stands in the way of a lab of the native kind on this machine, and what `up` would have to do first. */
export async function diagnose(checkout: string): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  const say = (severity: Diagnosis['severity'], what: string, why: string, mend: string): void => {
    found.push({ severity, what, why, mend });
  };
  const engine = await findEngine();
  if (engine !== undefined)
    say('note', `Docker answers and ${engine} is installed`, "the lab's cluster will be made by it", '--engine native makes it without');
  if (process.platform !== 'linux')
    say('fatal', `the system is ${process.platform}`, 'nodes are Linux namespaces', 'use Linux, or Docker with kind or k3d');
  if (process.getuid?.() !== 0)
    say('fatal', 'you are not root', 'nodes are network namespaces and cgroups, which root makes', 'run it by sudo');
  for (const need of missingNeeds()) {
    if (present('apt-get')) say('mended', `${need.file} is missing`, need.why, `"up" installs the package ${need.package}`);
    else say('fatal', `${need.file} is missing, and so is apt-get`, need.why, `install what your distribution calls ${need.package}`);
  }
  const go = await findGo();
  if (!go.usable) {
    const why = 'Kubernetes, Temporal and CoreDNS are built from source';
    if ((await aptGo()) !== undefined) say('mended', `Go: ${go.found}`, why, '"up" installs the package golang-go');
    else
      say(
        'fatal',
        `Go: ${go.found}, and apt offers none that is new enough`,
        why,
        'install Go 1.26 or newer (1.21 or newer fetches it) and put it on PATH',
      );
  }
  if (!(await canMakeNamespaces())) {
    say(
      'fatal',
      'no network, mount and PID namespaces can be made',
      'every node has its own',
      'a container needs --privileged for it; better use the machine itself',
    );
  }
  if (
    !(await readFile('/proc/filesystems', 'utf8')).includes('overlay') &&
    (await attempt(['modprobe', 'overlay']).catch(() => ({ code: 1 }))).code !== 0
  ) {
    say(
      'fatal',
      'the kernel has no overlayfs',
      "containerd makes containers' root file systems with it",
      'load or build the module overlay',
    );
  }
  if (!existsSync('/sys/fs/cgroup/cgroup.controllers') && !existsSync('/sys/fs/cgroup/memory')) {
    say('fatal', 'no cgroups at /sys/fs/cgroup', 'limits of containers are cgroups', 'mount them, as systemd or cgroupfs-mount does');
  }
  const memory = totalmem() / 2 ** 30;
  if (memory < 4)
    say(
      'fatal',
      `${memory.toFixed(1)} GiB of memory`,
      'the lab takes about 2 GiB, its first build more',
      'use a machine with 4 GiB or more',
    );
  if (availableParallelism() < 2) say('note', 'one processor', 'measured and tuned on two', 'expect it to be slow');
  const disk = await statfs('/');
  const free = (disk.bavail * disk.bsize) / 2 ** 30;
  if (free < 15)
    say(
      free < 5 ? 'fatal' : 'note',
      `${free.toFixed(1)} GiB free on /`,
      'caches of Go and of the lab take about 10 GiB',
      'make room, or point XDG_CACHE_HOME and GOCACHE elsewhere',
    );
  const firewall = await attempt(['iptables', '-S', 'INPUT']).catch(() => undefined);
  if (firewall?.stdout.includes('-P INPUT DROP')) {
    say(
      'note',
      'the firewall drops what it is not told to let in',
      "nodes reach the API server at this machine's address on the bridge",
      'let in what comes from the interfaces sq0, sq1, …',
    );
  }
  const own = await heldSlot(stateRoot(), checkout);
  for (let number = 0; number < slotCount; number++) {
    const slot = slotOf(number);
    const left = [...(await networkNamespaces(slot)), ...(await links(slot)), ...(await findCgroups(`${slot.prefix}-`))];
    const claimed = existsSync(`${stateRoot()}/slots/${number}.json`);
    if (left.length > 0 && !claimed && own?.number !== number) {
      say(
        'note',
        `slot ${number} is in use by no lab known here: ${left.slice(0, 4).join(' ')}`,
        'another user has a lab there, or its record was deleted',
        'labs pass over the slot; if nobody uses it, remove these by hand (ip netns del, ip link del, rmdir)',
      );
    }
  }
  return found;
}

async function canMakeNamespaces(): Promise<boolean> {
  const tried = await attempt(['unshare', '--net', '--mount', '--pid', '--fork', 'true']).catch(() => undefined);
  return tried?.code === 0;
}

export function diagnosisText(found: readonly Diagnosis[]): string {
  if (found.length === 0) return 'nothing is missing\n';
  return found.map(({ severity, what, why, mend }) => `${severity}: ${what}\n  why:  ${why}\n  mend: ${mend}\n`).join('');
}
