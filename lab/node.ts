import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { createCgroup } from './cgroups.ts';
import { LabFailure } from './failure.ts';
import { childrenOf, isAlive, type Processes, type ProcessRecord } from './processes.ts';
import { run } from './run.ts';
import type { NodePlan, Slot } from './slot.ts';
import { until } from './wait.ts';

export interface NodeOptions {
  slot: Slot;
  plan: NodePlan;
  /** the lab's data directory */
  directory: string;
  bin: string;
  /** path of the binary that is process 1 of the node */
  pause: string;
  certificates: Certificates;
  processes: Processes;
}

/** Where containerd, CNI and the kubelet keep things whose place cannot be chosen: each node has its own, in memory. */
const privateDirectories = ['/run/containerd', '/run/netns', '/var/lib/cni', '/var/lib/kubelet'];

/** An image in the machine's cache, to be had on every node. */
export interface NodeImage {
  /** changes with the content */
  key: string;
  archive: string;
  tags: string[];
}

export function holderName(plan: NodePlan): string {
  return plan.name;
}

/**
 * Starts a node's namespaces and its containerd. A node has PID and mount namespaces of its own besides its network: with
 * its process 1 everything in it ends, containers and mounts too, whatever state it is in.
 */
export async function startNode(options: NodeOptions): Promise<void> {
  const { plan, directory, processes } = options;
  const data = join(directory, plan.name);
  await mkdir(join(data, 'log'), { recursive: true, mode: 0o700 });
  await createCgroup(plan.cgroup);
  await writeContainerd(data);
  await writeCni(data, plan);
  for (const path of privateDirectories) await mkdir(path, { recursive: true });
  const mounts = [
    // A pod may ask for mounts to be propagated, which only a shared mount can do.
    'mount --make-rshared /',
    ...privateDirectories.map((path) => `mount -t tmpfs -o mode=0755 squall ${path}`),
    `mount --bind '${join(data, 'log')}' /var/log`,
    `exec '${options.pause}'`,
  ].join(' && ');
  const holder = await processes.start(holderName(plan), [
    'nsenter',
    `--net=/run/netns/${plan.netns}`,
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
    'sh',
    '-c',
    mounts,
  ]);
  const init = await processOne(holder);
  const containerd = await processes.start(`containerd-${plan.number}`, ['containerd', '--config', join(data, 'containerd.toml')], {
    wrapper: inside(init),
  });
  await processes.ready(containerd, 20_000, async () => existsSync(`/proc/${init}/root/run/containerd/containerd.sock`));
}

/** Starts a node's kubelet and kube-proxy. */
export async function joinNode(options: NodeOptions): Promise<void> {
  const { plan, slot, directory, bin, processes } = options;
  const data = join(directory, plan.name);
  const init = await initOf(processes, plan);
  await writeKubelet(data, options);
  const kubeconfig = join(directory, 'kubeconfigs', plan.name);
  await processes.start(
    `kubelet-${plan.number}`,
    [
      join(bin, 'kubelet'),
      `--config=${join(data, 'kubelet.yaml')}`,
      `--kubeconfig=${kubeconfig}`,
      `--root-dir=${join(data, 'kubelet')}`,
      `--hostname-override=${plan.name}`,
      `--node-ip=${plan.address}`,
      `--node-labels=topology.kubernetes.io/zone=${plan.zone},topology.kubernetes.io/region=lab`,
      '--housekeeping-interval=5s',
    ],
    { wrapper: inside(init) },
  );
  await processes.start(
    `kube-proxy-${plan.number}`,
    [
      join(bin, 'kube-proxy'),
      `--kubeconfig=${join(directory, 'kubeconfigs', 'kube-proxy')}`,
      `--hostname-override=${plan.name}`,
      '--proxy-mode=iptables',
      `--cluster-cidr=${slot.podNetwork}`,
      // These would be written to sysctls that are the machine's.
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0s',
      '--conntrack-tcp-timeout-close-wait=0s',
    ],
    { wrapper: inside(init) },
  );
}

/** Process 1 of a running node, as the machine numbers it. @throws LabFailure when the node is not running */
export async function initOf(processes: Processes, plan: NodePlan): Promise<number> {
  const holder = await processes.find(holderName(plan));
  if (holder === undefined) throw new LabFailure(`${plan.name}: it is not running`);
  return processOne(holder);
}

async function processOne(holder: ProcessRecord): Promise<number> {
  return until(`${holder.name}: its process 1`, 10_000, async () => {
    const [init] = await childrenOf(holder.pid);
    if (init !== undefined && (await readFile(`/proc/${init}/comm`, 'utf8').catch(() => '')).trim() === 'pause') return init;
    if (!(await isAlive(holder))) throw new LabFailure(`${holder.name} ended at once: ${await readFile(holder.log, 'utf8')}`);
    return undefined;
  });
}

/** A command prefix that runs what follows in a node, by its process 1. */
export function inside(init: number): string[] {
  return ['nsenter', `--target=${init}`, '--mount', '--pid', '--net', '--'];
}

/** Imports what a node does not have, or has with another content. Returns the tags that were imported. */
export async function importImages(
  options: Pick<NodeOptions, 'plan' | 'directory' | 'processes'>,
  images: readonly NodeImage[],
): Promise<string[]> {
  const { plan, directory, processes } = options;
  const init = await initOf(processes, plan);
  const ctr = (...args: string[]): Promise<string> => run([...inside(init), 'ctr', '--namespace', 'k8s.io', ...args]);
  const recordPath = join(directory, plan.name, 'containerd', 'squall-images.json');
  const record = new Map(Object.entries(JSON.parse(await readFile(recordPath, 'utf8').catch(() => '{}')) as Record<string, string>));
  const there = new Set((await ctr('images', 'ls', '-q')).split('\n'));
  const imported: string[] = [];
  for (const image of images) {
    if (image.tags.every((tag) => there.has(tag) && record.get(tag) === image.key)) continue;
    await ctr('images', 'import', image.archive);
    for (const tag of image.tags) record.set(tag, image.key);
    imported.push(...image.tags);
    await writeFile(`${recordPath}.new`, JSON.stringify(Object.fromEntries(record)));
    await rename(`${recordPath}.new`, recordPath);
  }
  return imported;
}

/** Removes the containers of an earlier cluster, before the kubelet of a new one starts. */
export async function removeContainers(options: Pick<NodeOptions, 'plan' | 'processes'>): Promise<void> {
  const init = await initOf(options.processes, options.plan);
  const ctr = (...args: string[]): Promise<string> => run([...inside(init), 'ctr', '--namespace', 'k8s.io', ...args]);
  const containers = (await ctr('containers', 'ls', '-q')).split('\n').filter((line) => line !== '');
  if (containers.length > 0) await ctr('containers', 'rm', ...containers);
}

/** Forgets a node's pods; its images stay. */
export async function forgetPods(directory: string, plan: NodePlan): Promise<void> {
  const data = join(directory, plan.name);
  await Promise.all(['kubelet', 'ipam', 'log'].map((name) => rm(join(data, name), { recursive: true, force: true })));
}

async function writeContainerd(data: string): Promise<void> {
  await mkdir(join(data, 'containerd'), { recursive: true, mode: 0o711 });
  const config = `version = 2
root = "${join(data, 'containerd')}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # Without CAP_SYS_RESOURCE no oom_score_adj can be lowered, and every sandbox would fail.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(data, 'cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
  await writeFile(join(data, 'containerd.toml'), config);
}

async function writeCni(data: string, plan: NodePlan): Promise<void> {
  await mkdir(join(data, 'cni'), { recursive: true });
  const config = {
    cniVersion: '0.4.0',
    name: 'lab',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: plan.podSubnet }]], routes: [{ dst: '0.0.0.0/0' }], dataDir: join(data, 'ipam') },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  await writeFile(join(data, 'cni', '10-lab.conflist'), JSON.stringify(config));
}

async function writeKubelet(data: string, options: NodeOptions): Promise<void> {
  const { plan, slot, certificates } = options;
  const config = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: plan.address,
    healthzBindAddress: '127.0.0.1',
    tlsCertFile: join(certificates.directory, `${plan.name}.crt`),
    tlsPrivateKeyFile: join(certificates.directory, `${plan.name}.key`),
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: certificates.ca } },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${plan.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    podLogsDir: '/var/log/pods',
    volumePluginDir: join(data, 'volume-plugins'),
    clusterDNS: [slot.dnsAddress],
    clusterDomain: 'cluster.local',
    evictionHard: { 'memory.available': '50Mi' },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    // Chaos makes containers crash: they come back within seconds, not after the default of up to five minutes.
    crashLoopBackOff: { maxContainerRestartPeriod: '10s' },
    featureGates: { KubeletCrashLoopBackOffMax: true },
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '4s',
  };
  await writeFile(join(data, 'kubelet.yaml'), JSON.stringify(config));
}
