import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiServer, get } from './api-server.ts';
import type { Certificates } from './certificates.ts';
import type { Processes } from './processes.ts';
import type { Slot } from './slot.ts';

export interface ControlPlaneOptions {
  slot: Slot;
  /** the lab's data directory */
  directory: string;
  /** where kube-apiserver and its fellows are */
  bin: string;
  certificates: Certificates;
  processes: Processes;
  api: ApiServer;
}

/** In the order they end in: what asks goes before what answers. */
export const controlPlaneProcesses = ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'];

/** Starts etcd and the API server, then the rest; returns when the API server is ready. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<void> {
  const { slot, directory, bin, processes, api } = options;
  const certificate = (name: string): string => join(options.certificates.directory, name);
  const etcdData = join(directory, 'etcd');
  await mkdir(etcdData, { recursive: true, mode: 0o700 });
  const clientUrl = `https://${slot.hostAddress}:2379`;
  const peerUrl = `https://${slot.hostAddress}:2380`;
  await processes.start('etcd', [
    'etcd',
    `--data-dir=${etcdData}`,
    '--name=lab',
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=lab=${peerUrl}`,
    `--cert-file=${certificate('etcd.crt')}`,
    `--key-file=${certificate('etcd.key')}`,
    `--trusted-ca-file=${certificate('ca.crt')}`,
    '--client-cert-auth',
    `--peer-cert-file=${certificate('etcd.crt')}`,
    `--peer-key-file=${certificate('etcd.key')}`,
    `--peer-trusted-ca-file=${certificate('ca.crt')}`,
    '--peer-client-cert-auth',
    '--auto-compaction-retention=1h',
    '--log-level=warn',
  ]);
  const apiserver = await processes.start('kube-apiserver', [
    join(bin, 'kube-apiserver'),
    `--etcd-servers=${clientUrl}`,
    `--etcd-cafile=${certificate('ca.crt')}`,
    `--etcd-certfile=${certificate('apiserver-client.crt')}`,
    `--etcd-keyfile=${certificate('apiserver-client.key')}`,
    `--bind-address=${slot.hostAddress}`,
    `--advertise-address=${slot.hostAddress}`,
    '--secure-port=6443',
    `--tls-cert-file=${certificate('apiserver.crt')}`,
    `--tls-private-key-file=${certificate('apiserver.key')}`,
    `--client-ca-file=${certificate('ca.crt')}`,
    `--kubelet-certificate-authority=${certificate('ca.crt')}`,
    `--kubelet-client-certificate=${certificate('apiserver-client.crt')}`,
    `--kubelet-client-key=${certificate('apiserver-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--token-auth-file=${certificate('tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${certificate('service-accounts.pub')}`,
    `--service-account-signing-key-file=${certificate('service-accounts.key')}`,
    `--service-cluster-ip-range=${slot.serviceNetwork}`,
    '--allow-privileged=true',
    '--profiling=false',
  ]);
  // These two wait for the API server by themselves.
  await processes.start('kube-controller-manager', [
    join(bin, 'kube-controller-manager'),
    `--kubeconfig=${join(directory, 'kubeconfigs', 'kube-controller-manager')}`,
    `--bind-address=${slot.hostAddress}`,
    `--service-account-private-key-file=${certificate('service-accounts.key')}`,
    `--root-ca-file=${certificate('ca.crt')}`,
    '--use-service-account-credentials',
    `--flex-volume-plugin-dir=${join(directory, 'volume-plugins')}`,
    '--leader-elect=false',
    `--node-monitor-grace-period=${slot.nodeGrace}`,
    '--profiling=false',
  ]);
  await processes.start('kube-scheduler', [
    join(bin, 'kube-scheduler'),
    `--kubeconfig=${join(directory, 'kubeconfigs', 'kube-scheduler')}`,
    `--authentication-kubeconfig=${join(directory, 'kubeconfigs', 'kube-scheduler')}`,
    `--bind-address=${slot.hostAddress}`,
    '--leader-elect=false',
    '--profiling=false',
  ]);
  await processes.ready(apiserver, 60_000, () => isReady(api));
}

export async function isReady(api: ApiServer): Promise<boolean> {
  const answer = await get(api, '/readyz').catch(() => undefined);
  return answer?.status === 200;
}
