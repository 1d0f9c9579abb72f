import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporalBinary } from './artifacts/binaries.ts';
import { claimSlot } from './claim.ts';
import { LabFailure } from './failure.ts';
import { imageNames } from './images.ts';
import { certificatesOf, kubeconfigOf, type Lab, type LabConfig, labOf, readConfig, tokenOf, writeConfig } from './lab.ts';
import { withLock } from './lock.ts';
import { clusterComplaints, importProjectImages, prepareCluster, startCluster } from './native-cluster.ts';
import { links, routes } from './network.ts';
import { ensurePackages } from './packages.ts';
import { stateRoot } from './paths.ts';
import type { Progress } from './progress.ts';
import { discoveryProcess, prometheusAnswers, prometheusProcess, prometheusUrlOf, startPrometheus } from './prometheus.ts';
import { nodesOf, type Slot } from './slot.ts';
import { type LabState, writeLabState } from './state.ts';
import { accepts, startTemporal, temporalAddressOf, temporalAnswers, temporalProcess, temporalUiOf } from './temporal.ts';

export interface UpOptions {
  checkout: string;
  slot?: number | undefined;
  nodes?: number | undefined;
  kubeconfig?: string | undefined;
  temporalAddress?: string | undefined;
}

export const defaultNodes = 3;

/** Brings a checkout's lab up, or what is not healthy of it; returns when everything is. */
export async function up(options: UpOptions, progress: Progress): Promise<LabState> {
  requireRoot();
  const slot = await claimSlot(stateRoot(), options.checkout, options.slot, obstacle);
  const lab = labOf(slot, options.checkout);
  await mkdir(lab.directory, { recursive: true, mode: 0o700 });
  return withLock(
    lockOf(lab),
    (owner) => progress.line(`waiting for process ${owner?.pid ?? '?'}, which is working on this lab`),
    async () => {
      const config = settle(lab, options, await readConfig(lab));
      await writeConfig(lab, config);
      await ensureParts(lab, config, progress);
      const state = stateOf(lab, config);
      writeLabState(lab.checkout, state);
      return state;
    },
  );
}

export function lockOf(lab: Lab): string {
  return join(lab.directory, 'lab.lock');
}

/** The lab as it is asked for; what is not asked for stays as it was. */
function settle(lab: Lab, options: UpOptions, before: LabConfig | undefined): LabConfig {
  const nodes = options.nodes ?? before?.nodes ?? defaultNodes;
  if (before !== undefined && nodes !== before.nodes) {
    throw new LabFailure(`nodes: found ${nodes}, but this lab has ${before.nodes}; take it down first: npm run lab -- down`);
  }
  // The address of the lab's own server may come back to us through the environment it was exported to.
  const temporalAddress = options.temporalAddress === temporalAddressOf(lab.slot) ? undefined : options.temporalAddress;
  return { nodes, temporalAddress: temporalAddress ?? null, cluster: 'native', kubeconfig: null };
}

async function ensureParts(lab: Lab, config: LabConfig, progress: Progress): Promise<void> {
  const { slot, directory, processes } = lab;
  const complaints = await clusterComplaints(lab, config.nodes);
  const clusterHealthy = complaints.length === 0;
  if (!clusterHealthy) {
    await ensurePackages(progress);
    await prepareCluster(progress);
  }
  const temporal = async (): Promise<void> => {
    if (config.temporalAddress !== null) {
      if (!(await accepts(config.temporalAddress))) {
        throw new LabFailure(
          `TEMPORAL_ADDRESS=${config.temporalAddress}: nobody answers there; expected a Temporal server (unset it to have the lab run one)`,
        );
      }
      return;
    }
    if ((await processes.find(temporalProcess)) !== undefined && (await temporalAnswers(slot))) return;
    const binary = await temporalBinary(progress);
    await processes.stop(temporalProcess, 5000);
    await processes.sweep((name) => name === temporalProcess);
    await progress.task('temporal', 'starting', () => startTemporal(slot, directory, binary, processes));
  };
  const prometheus = async (): Promise<void> => {
    const names = [prometheusProcess, discoveryProcess];
    const running = await Promise.all(names.map((name) => processes.find(name)));
    if (running.every((record) => record !== undefined) && (await prometheusAnswers(slot))) return;
    for (const name of names) await processes.stop(name, 5000);
    await processes.sweep((name) => names.includes(name));
    const certificates = certificatesOf(lab);
    await progress.task('prometheus', 'starting', () =>
      startPrometheus({
        slot,
        nodes: nodesOf(slot, config.nodes),
        directory,
        ca: join(certificates, 'ca.crt'),
        token: tokenOf(lab, 'prometheus'),
        processes,
      }),
    );
  };
  const cluster = async (): Promise<void> => {
    if (!clusterHealthy) await startCluster(lab, config.nodes, progress);
    await Promise.all([importProjectImages(lab, config.nodes, lab.checkout, progress), prometheus()]);
  };
  await Promise.all([temporal(), cluster()]);
}

function stateOf(lab: Lab, config: LabConfig): LabState {
  const own = config.temporalAddress === null;
  return {
    slot: lab.slot.number,
    temporalAddress: config.temporalAddress ?? temporalAddressOf(lab.slot),
    temporalUi: own ? temporalUiOf(lab.slot) : null,
    temporalNamespace: own ? 'default' : process.env['TEMPORAL_NAMESPACE'] || 'default',
    kubeconfig: kubeconfigOf(lab),
    cluster: config.cluster,
    prometheusUrl: prometheusUrlOf(lab.slot),
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
