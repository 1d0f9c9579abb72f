import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { kubernetesBinaries, temporalBinary } from './artifacts/binaries.ts';
import { claimSlot } from './claim.ts';
import { clusterOf } from './cluster.ts';
import { findEngine } from './engine-cluster.ts';
import { LabFailure } from './failure.ts';
import { imageNames } from './images.ts';
import { commandsOf, type Lab, type LabConfig, labOf, lockOf, readConfig, writeConfig } from './lab.ts';
import { withLock } from './lock.ts';
import { links, routes } from './network.ts';
import { stateRoot } from './paths.ts';
import type { Progress } from './progress.ts';
import { ensurePrometheus, prometheusUrlOf } from './prometheus.ts';
import type { Slot } from './slot.ts';
import { type LabState, writeLabState } from './state.ts';
import { accepts, ensureTemporal, temporalAddressOf, temporalUiOf } from './temporal.ts';
import { together } from './together.ts';
import { settleWest } from './west.ts';

export interface UpOptions {
  checkout: string;
  slot?: number | undefined;
  nodes?: number | undefined;
  /** of a cluster to use instead of one of the lab's own */
  kubeconfig?: string | undefined;
  engine?: string | undefined;
  /** 2: a second cluster, too; 1: the first alone; absent: as it is */
  clusters?: number | undefined;
  /** HOST:PORT of a Temporal server to use instead of one of the lab's own */
  temporalAddress?: string | undefined;
}

const defaultNodes = 3;

/** Brings a checkout's lab up, or what is not healthy of it; returns when everything is. */
export async function up(options: UpOptions, progress: Progress): Promise<LabState> {
  const slot = await claimSlot(stateRoot(), options.checkout, options.slot, obstacle);
  const lab = labOf(slot, options.checkout);
  await mkdir(lab.directory, { recursive: true, mode: 0o700 });
  return withLock(
    lockOf(lab),
    (owner) => progress.line(`waiting for process ${owner?.pid ?? '?'}, which is working on this lab`),
    async () => {
      const config = await settle(lab, options, await readConfig(lab));
      await writeConfig(lab, config);
      await ensureParts(lab, config, progress);
      if (options.clusters !== undefined) await settleWest(lab, config, options.clusters, progress);
      const state = stateOf(lab, config);
      writeLabState(lab.checkout, state);
      return state;
    },
  );
}

/**
 * The lab as it is asked for; what is not asked for stays as it was.
 * @throws LabFailure when a lab that is up would have to become another
 */
async function settle(lab: Lab, options: UpOptions, before: LabConfig | undefined): Promise<LabConfig> {
  // The address of the lab's own server may come back to us through the environment it was exported to.
  const temporalAddress = options.temporalAddress === temporalAddressOf(lab.slot) ? undefined : options.temporalAddress;
  const cluster = options.kubeconfig !== undefined ? 'existing' : engineOption(options.engine);
  const config: LabConfig = {
    nodes: options.nodes ?? before?.nodes ?? defaultNodes,
    temporalAddress: temporalAddress ?? null,
    cluster: cluster ?? before?.cluster ?? (await findEngine()) ?? 'native',
    kubeconfig: options.kubeconfig === undefined ? (before?.kubeconfig ?? null) : resolve(options.kubeconfig),
  };
  for (const key of ['nodes', 'cluster', 'kubeconfig'] as const) {
    if (before !== undefined && config[key] !== before[key]) {
      throw new LabFailure(`${key}: found ${config[key]}, but this lab has ${before[key]}; take it down first: npm run lab -- down`);
    }
  }
  if (config.cluster === 'native') requireRoot();
  return config;
}

function engineOption(engine: string | undefined): 'native' | 'kind' | 'k3d' | undefined {
  if (engine === undefined || engine === 'native' || engine === 'kind' || engine === 'k3d') return engine;
  throw new LabFailure(`--engine: found "${engine}", expected native, kind or k3d`);
}

async function ensureParts(lab: Lab, config: LabConfig, progress: Progress): Promise<void> {
  const cluster = clusterOf(lab, config);
  const ensureCluster = async (): Promise<void> => {
    if ((await cluster.complaints()).length > 0) await cluster.start(progress);
    const prometheus = config.cluster === 'native' ? [ensurePrometheus(lab, config.nodes, progress)] : [];
    await together(cluster.importProjectImages(lab.checkout, progress), ...prometheus);
  };
  await together(ensureTemporal(lab, config, progress), ensureCluster());
  await linkCommands(lab, config, progress);
}

/** A folder of commands for people who work with the lab. */
async function linkCommands(lab: Lab, config: LabConfig, progress: Progress): Promise<void> {
  const commands: string[] = [];
  if (config.cluster === 'native') commands.push(join(await kubernetesBinaries(progress), 'kubectl'));
  if (config.temporalAddress === null) commands.push(await temporalBinary(progress));
  await mkdir(commandsOf(lab), { recursive: true });
  for (const command of commands) {
    const link = join(commandsOf(lab), command.split('/').at(-1) ?? '');
    if ((await readlink(link).catch(() => undefined)) === command) continue;
    await rm(link, { force: true });
    await symlink(command, link);
  }
}

function stateOf(lab: Lab, config: LabConfig): LabState {
  const own = config.temporalAddress === null;
  return {
    slot: lab.slot.number,
    temporalAddress: config.temporalAddress ?? temporalAddressOf(lab.slot),
    temporalUi: own ? temporalUiOf(lab.slot) : null,
    temporalNamespace: own ? 'default' : process.env.TEMPORAL_NAMESPACE || 'default',
    kubeconfig: clusterOf(lab, config).kubeconfig,
    cluster: config.cluster,
    prometheusUrl: config.cluster === 'native' ? prometheusUrlOf(lab.slot) : null,
    images: { agent: imageNames.agent, redis: imageNames.redis, exporter: imageNames.exporter, load: imageNames.load },
    directory: lab.directory,
  };
}

/** What stands in the way of a new lab in a slot that no checkout holds. */
async function obstacle(slot: Slot): Promise<string | undefined> {
  const [route] = await routes(slot);
  if (route !== undefined) return `its network ${slot.network} is in use on this machine: ${route.trim()}`;
  const [link] = await links(slot);
  if (link !== undefined) return `the link ${link} exists`;
  for (const port of [slot.temporalPort, slot.temporalUiPort, slot.prometheusPort]) {
    if (await accepts(`127.0.0.1:${port}`)) return `port ${port} is in use`;
  }
  return undefined;
}

function requireRoot(): void {
  if (process.getuid?.() !== 0)
    throw new LabFailure('lab: found an ordinary user, expected root: it makes network namespaces and cgroups (run it by sudo)');
}
