import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { getJson, writeKubeconfig } from './api-server.ts';
import { kubernetesBinaries, pauseBinary } from './artifacts/binaries.ts';
import { ensureCertificates, ensureTokens } from './certificates.ts';
import { findCgroups, removeCgroup } from './cgroups.ts';
import type { ClusterPart } from './cluster-part.ts';
import { controlPlaneProcesses, isReady, startControlPlane } from './control-plane.ts';
import { applySystem, dnsComplaint } from './dns.ts';
import { LabFailure } from './failure.ts';
import { deadProcesses, reviveProcess } from './heal.ts';
import { ensureProjectImages, ensureSystemImages } from './images.ts';
import { apiOf, authorityOf, certificatesOf, kubeconfigOf, type Lab, westLabOf } from './lab.ts';
import { createNetwork, joinNetwork, leaveNetwork, removeNetwork } from './network.ts';
import { forgetPods, holderName, importImages, joinNode, type NodeImage, type NodeOptions, removeContainers, startNode } from './node.ts';
import { ensurePackages } from './packages.ts';
import type { Progress } from './progress.ts';
import { prometheusProcesses } from './prometheus.ts';
import { ensureServiceImage } from './service-image.ts';
import { maxNodes, type NodePlan, nodesOf } from './slot.ts';
import { temporalProcess } from './temporal.ts';
import { together } from './together.ts';
import { until } from './wait.ts';

const users = (nodes: readonly string[]): { user: string; groups: string[] }[] => [
  { user: 'admin', groups: ['system:masters'] },
  { user: 'system:kube-controller-manager', groups: [] },
  { user: 'system:kube-scheduler', groups: [] },
  { user: 'system:kube-proxy', groups: [] },
  { user: 'prometheus', groups: [] },
  ...nodes.map((node) => ({ user: `system:node:${node}`, groups: ['system:nodes'] })),
];

const recoveryMs = 20_000;
const westNodes = 1;

export function nativeCluster(lab: Lab, nodeCount: number): ClusterPart {
  return {
    kubeconfig: kubeconfigOf(lab),
    complaints: () => clusterComplaints(lab, nodeCount),
    start: async (progress) => {
      if (await recovers(lab, nodeCount, progress)) return;
      await ensurePackages(progress);
      await startCluster(lab, nodeCount, progress);
    },
    importProjectImages: (checkout, progress) => importProjectImages(lab, nodeCount, checkout, progress),
    importServiceImage: async (checkout, progress) => {
      // It is large, and wanted by one test alone: one node has it.
      const plans = nodesOf(lab.slot, nodeCount).slice(0, 1);
      await importInto(plans, lab, [await ensureServiceImage(checkout, progress)], progress);
      return plans[0]?.name;
    },
    remove: async () => {
      await stopCluster(lab);
      await forgetCluster(lab);
      if (lab.joins === undefined) await forgetCluster(westLabOf(lab, maxNodes));
    },
  };
}

/** The second cluster of a lab: one node, with a control plane of its own. */
export function westCluster(lab: Lab, nodeCount: number): ClusterPart {
  return nativeCluster(westLabOf(lab, nodeCount), westNodes);
}

/**
 * Whether a cluster becomes healthy without a restart of all of it: a busy machine or chaos in progress is no reason for one, nor is
 * a process that has died and can be started anew.
 */
async function recovers(lab: Lab, nodeCount: number, progress: Progress): Promise<boolean> {
  const begunAt = Date.now();
  const revived = await reviveDead(lab, nodeCount, progress);
  if (revived === undefined) return false;
  // A node whose kubelet has died is Ready until the new one says for the first time that it is not, yet.
  const since = revived.some((name) => name.startsWith('kubelet-')) ? begunAt - (begunAt % 1000) : 0;
  const healthy = async (): Promise<true | undefined> => ((await clusterComplaints(lab, nodeCount, since)).length === 0 ? true : undefined);
  return progress.task('cluster', 'waiting for it to recover', () =>
    until('cluster', recoveryMs, healthy).catch((error: unknown) => {
      if (error instanceof LabFailure) return false;
      throw error;
    }),
  );
}

/** Starts anew what has died of a cluster whose nodes live, and names it. Undefined: a node itself has died, or nothing was there. */
async function reviveDead(lab: Lab, nodeCount: number, progress: Progress): Promise<string[] | undefined> {
  const holders = nodesOf(lab.slot, nodeCount).map(holderName);
  const known = new Set((await lab.processes.list()).map(({ name }) => name));
  const dead = await deadProcesses(lab, nodeCount);
  if (dead.some((name) => holders.includes(name) || !known.has(name))) return undefined;
  for (const name of dead) {
    progress.line(`${name}: it has died and is started anew`);
    await reviveProcess(lab, nodeCount, name);
  }
  return dead;
}

/** Starts the control plane and the nodes; returns when all nodes are Ready and DNS answers. What was in etcd is taken up again. */
async function startCluster(lab: Lab, nodeCount: number, progress: Progress): Promise<void> {
  const { slot, directory, processes } = lab;
  const [bin, pause, systemImages] = await Promise.all([kubernetesBinaries(progress), pauseBinary(progress), ensureSystemImages(progress)]);
  const plans = nodesOf(slot, nodeCount);
  await stopCluster(lab);
  const fresh = !existsSync(join(directory, 'etcd', 'member'));
  if (fresh) await forgetCluster(lab);

  const certificates = await ensureCertificates(certificatesOf(lab), slot, plans);
  await ensureTokens(certificates.directory, users(plans.map((plan) => plan.name)));
  await writeKubeconfigs(lab, nodeCount);
  const api = apiOf(lab);
  if (api === undefined) throw new LabFailure(`${certificates.directory}: no certificates`);
  await (lab.joins === undefined ? createNetwork(slot, plans) : joinNetwork(slot, plans, lab.joins));

  const nodes: NodeOptions[] = plans.map((plan) => ({ slot, plan, directory, bin, pause, certificates, processes }));
  const startedAt = Date.now();
  const controlPlane = progress.task('control plane', 'starting etcd and the API server', () =>
    startControlPlane({ slot, directory, bin, certificates, processes, api }),
  );
  const containers = nodes.map((node) =>
    progress.task(node.plan.name, 'starting containerd', async (say) => {
      await startNode(node);
      if (fresh) await removeContainers(node);
      say('importing images');
      await importImages(node, [systemImages]);
    }),
  );
  await together(controlPlane, ...containers);
  await together(
    progress.task('nodes', 'joining the cluster', async () => {
      await Promise.all(nodes.map(joinNode));
      await until('nodes: Ready', 60_000, async () => ((await readyNodes(lab, startedAt)).length === nodeCount ? true : undefined));
    }),
    progress.task('dns', 'starting CoreDNS', async () => {
      await applySystem(slot, join(bin, 'kubectl'), kubeconfigOf(lab));
      let complaint: string | undefined;
      const answers = async (): Promise<true | undefined> => {
        complaint = await dnsComplaint(slot);
        return complaint === undefined ? true : undefined;
      };
      await until('dns: an answer', 60_000, answers, () => complaint ?? '');
    }),
  );
}

async function writeKubeconfigs(lab: Lab, nodeCount: number): Promise<void> {
  const { slot, directory } = lab;
  const ca = authorityOf(lab);
  const identities = await ensureTokens(certificatesOf(lab), users(nodesOf(slot, nodeCount).map((plan) => plan.name)));
  await mkdir(join(directory, 'kubeconfigs'), { recursive: true, mode: 0o700 });
  for (const { user, token } of identities.values()) {
    const path = user === 'admin' ? kubeconfigOf(lab) : join(directory, 'kubeconfigs', user.split(':').at(-1) ?? user);
    await writeKubeconfig(path, slot, ca, user, token);
  }
}

/** Imports the images of the checkout's own folders into the running nodes, where they are new or changed. */
async function importProjectImages(lab: Lab, nodeCount: number, checkout: string, progress: Progress): Promise<void> {
  await importInto(nodesOf(lab.slot, nodeCount), lab, await ensureProjectImages(checkout, progress), progress);
}

async function importInto(plans: readonly NodePlan[], lab: Lab, images: readonly NodeImage[], progress: Progress): Promise<void> {
  await Promise.all(
    plans.map(async (plan) => {
      const imported = await importImages({ plan, directory: lab.directory, processes: lab.processes }, images);
      if (imported.length > 0) progress.line(`${plan.name}: imported ${imported.join(', ')}`);
    }),
  );
}

/** Ends the cluster's processes and removes its namespaces, links and cgroups; what is on disk stays. Works on whatever is left of one. */
async function stopCluster(lab: Lab): Promise<void> {
  const { slot, processes, joins } = lab;
  // It lives in the first one's network.
  if (joins === undefined && existsSync(westLabOf(lab, maxNodes).directory)) await stopCluster(westLabOf(lab, maxNodes));
  const ofCluster = (name: string): boolean => name !== temporalProcess && !prometheusProcesses.includes(name);
  const holders = new Set(nodesOf(slot, maxNodes).map(holderName));
  // The nodes go at once, by their process 1; the control plane is asked to, so that etcd closes its files.
  await processes.sweep((name) => ofCluster(name) && !controlPlaneProcesses.includes(name) && !holders.has(name));
  await processes.sweep((name) => holders.has(name));
  for (const name of controlPlaneProcesses) await processes.stop(name, name === 'etcd' ? 5000 : 0);
  await processes.sweep(ofCluster);
  for (const cgroup of await findCgroups(`${slot.prefix}-`)) await removeCgroup(cgroup);
  await (joins === undefined ? removeNetwork(slot) : leaveNetwork(slot, nodesOf(slot, westNodes), joins));
}

/** Forgets all objects of the cluster: the next start makes a new one. Images and keys stay. */
async function forgetCluster(lab: Lab): Promise<void> {
  await rm(join(lab.directory, 'etcd'), { recursive: true, force: true });
  for (const plan of nodesOf(lab.slot, maxNodes)) await forgetPods(lab.directory, plan);
}

/** Names of the nodes that have been Ready at some time since `since` (ms): what etcd kept of an earlier life does not count. */
async function readyNodes(lab: Lab, since = 0): Promise<string[]> {
  interface NodeList {
    items: { metadata: { name: string }; status: { conditions?: { type: string; status: string; lastHeartbeatTime: string }[] } }[];
  }
  const api = apiOf(lab);
  const list = api === undefined ? undefined : await getJson<NodeList>(api, '/api/v1/nodes');
  const ready = (list?.items ?? []).filter((node) =>
    node.status.conditions?.some(
      (condition) => condition.type === 'Ready' && condition.status === 'True' && Date.parse(condition.lastHeartbeatTime) >= since,
    ),
  );
  return ready.map((node) => node.metadata.name);
}

/** What is wrong with the cluster, one sentence each; empty when it is healthy. `since`: a node that was not heard of from then on is not Ready, ms. */
async function clusterComplaints(lab: Lab, nodeCount: number, since = 0): Promise<string[]> {
  const complaints: string[] = [];
  const plans = nodesOf(lab.slot, nodeCount);
  for (const name of await deadProcesses(lab, nodeCount)) complaints.push(`${name} is not running`);
  if (complaints.length > 0) return complaints;
  const api = apiOf(lab);
  if (api === undefined || !(await isReady(api))) return ['the API server is not ready'];
  const ready = await readyNodes(lab, since);
  for (const { name } of plans) if (!ready.includes(name)) complaints.push(`${name} is not Ready`);
  const dns = await dnsComplaint(lab.slot);
  if (dns !== undefined) complaints.push(dns);
  return complaints;
}
