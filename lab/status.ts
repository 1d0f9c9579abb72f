import { clusterOf } from './cluster.ts';
import type { Lab, LabConfig } from './lab.ts';
import { isAlive, type ProcessRecord, residentBytes } from './processes.ts';
import { prometheusComplaints, prometheusProcesses, prometheusUrlOf } from './prometheus.ts';
import { nodesOf } from './slot.ts';
import { temporalAddressOf, temporalComplaints, temporalProcess, temporalUiOf } from './temporal.ts';

export interface PartStatus {
  part: string;
  address: string;
  /** empty: healthy */
  complaints: string[];
  processes: { pid: number; bytes: number }[];
}

/** Every part of a lab, asked just now. */
export async function statusOf(lab: Lab, config: LabConfig): Promise<PartStatus[]> {
  const { slot } = lab;
  const native = config.cluster === 'native';
  const cluster = clusterOf(lab, config);
  const [temporal, kubernetes, prometheus] = await Promise.all([
    temporalComplaints(lab, config),
    cluster.complaints(),
    native ? prometheusComplaints(lab) : [],
  ]);
  const parts: (Omit<PartStatus, 'processes'> & { of: (name: string) => boolean })[] = [
    {
      part: 'temporal',
      address: config.temporalAddress ?? `${temporalAddressOf(slot)}  ${temporalUiOf(slot)}`,
      complaints: temporal,
      of: (name: string) => name === temporalProcess,
    },
  ];
  if (native) {
    const nodes = nodesOf(slot, config.nodes);
    const ofNode = (name: string): number => Number(/-(\d)$/.exec(name)?.[1] ?? 0);
    const about = (name: string): string[] => kubernetes.filter((complaint) => complaint.split(' ')[0] === name);
    const nodeOf = (complaint: string): boolean => nodes.some((node) => node.number === ofNode(complaint.split(' ')[0] ?? ''));
    const others = (name: string): boolean => name === temporalProcess || prometheusProcesses.includes(name) || ofNode(name) > 0;
    parts.push({
      part: 'control plane',
      address: slot.apiServer,
      complaints: kubernetes.filter((complaint) => !nodeOf(complaint)),
      of: (name) => !others(name),
    });
    for (const node of nodes) {
      const names = [node.name, `containerd-${node.number}`, `kubelet-${node.number}`, `kube-proxy-${node.number}`];
      parts.push({
        part: `${node.name} (${node.zone})`,
        address: node.address,
        complaints: names.flatMap(about),
        of: (name) => names.includes(name),
      });
    }
    parts.push({
      part: 'prometheus',
      address: prometheusUrlOf(slot),
      complaints: prometheus,
      of: (name) => prometheusProcesses.includes(name),
    });
  } else {
    parts.push({ part: `kubernetes (${config.cluster})`, address: cluster.kubeconfig, complaints: kubernetes, of: () => false });
  }
  const records: ProcessRecord[] = [];
  for (const record of await lab.processes.list()) if (await isAlive(record)) records.push(record);
  return Promise.all(
    parts.map(async ({ of, ...part }) => {
      const own = records.filter((record) => of(record.name));
      return { ...part, processes: await Promise.all(own.map(async ({ pid }) => ({ pid, bytes: await residentBytes(pid) }))) };
    }),
  );
}

/** The parts as a table for people. */
export function statusTable(parts: readonly PartStatus[]): string {
  const rows = [
    ['PART', 'HEALTH', 'RSS', 'ADDRESS', 'PIDS'],
    ...parts.map(({ part, address, complaints, processes }) => [
      part,
      complaints.length === 0 ? 'healthy' : complaints.join('; '),
      processes.length === 0 ? '-' : `${Math.round(processes.reduce((sum, { bytes }) => sum + bytes, 0) / 1024 / 1024)} MiB`,
      address,
      processes.map(({ pid }) => pid).join(' ') || '-',
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return `${rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`;
}
