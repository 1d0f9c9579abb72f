import type { LabState } from '../lab/state.ts';
import { pick } from './random.ts';
import { deployment, settings, web } from './workloads.ts';

/** A fault that a lane's runs do, as its experiment says it. */
export interface LaneFault {
  fault: string;
  target?: Record<string, unknown>;
  parameters?: Record<string, unknown>;
  seconds: number;
  /** of a fault of an instant */
  repeatEverySeconds?: number;
  /** it lasts until it is undone; false: it is done in an instant */
  holds: boolean;
}

/** Runs that go on one after another, on a workload and in a namespace of their own. */
export interface Lane {
  name: string;
  /** its pods have the last node for themselves: other runs would hold it, too */
  onLastNode?: true;
  workload: { kind: 'Deployment' | 'StatefulSet'; name: string };
  /** what is put in its namespace, its pods on some nodes; `redis`: the example's redis with its Sentinels */
  objects: 'redis' | ((namespace: string, images: LabState['images'], nodes: string[]) => object[]);
  faults: LaneFault[];
}

const one = { count: 1 };
const app = { kind: 'Deployment', name: 'app' } as const;
/** No redis: squall would know it for one, and judge it by its replication. */
const debian = 'docker.io/library/debian:bookworm-slim';
const idle = ['bash', '-c', 'trap exit TERM; sleep infinity & wait'];

export const lanes: readonly Lane[] = [
  {
    name: 'network',
    workload: app,
    objects: (namespace, _, nodes) => [deployment(namespace, { nodes, image: debian, command: idle })],
    faults: [
      { fault: 'pod-network-latency', target: one, parameters: { latency: '200ms' }, seconds: 10, holds: true },
      { fault: 'pod-network-loss', target: one, parameters: { percent: '30%' }, seconds: 8, holds: true },
      { fault: 'pod-network-partition', target: one, seconds: 8, holds: true },
      { fault: 'pod-network-duplication', target: one, seconds: 8, holds: true },
    ],
  },
  {
    name: 'stress',
    workload: app,
    objects: (namespace, _, nodes) => [
      deployment(namespace, { nodes, image: debian, command: idle, limits: { cpu: '200m', memory: '128Mi' } }),
    ],
    faults: [
      { fault: 'pod-cpu-hog', target: one, parameters: { cores: 1 }, seconds: 10, holds: true },
      { fault: 'pod-memory-hog', target: one, parameters: { memory: '48Mi' }, seconds: 8, holds: true },
    ],
  },
  {
    name: 'pause',
    workload: app,
    objects: (namespace, _, nodes) => [deployment(namespace, { nodes, image: debian, command: idle, replicas: 3 })],
    faults: [
      { fault: 'process-pause', target: one, parameters: { processes: 'main' }, seconds: 8, holds: true },
      { fault: 'process-pause', target: { count: 2 }, parameters: { processes: 'all' }, seconds: 10, holds: true },
    ],
  },
  {
    name: 'http',
    workload: app,
    // A real HTTP app: the redis exporter.
    objects: (namespace, { exporter }, nodes) => [deployment(namespace, { nodes, image: exporter, port: 9121 })],
    faults: [
      { fault: 'pod-http-latency', target: one, parameters: { port: 9121, latency: '300ms' }, seconds: 10, holds: true },
      { fault: 'pod-http-status-code', target: one, parameters: { port: 9121, statusCode: 503 }, seconds: 8, holds: true },
      { fault: 'pod-dns-error', target: one, parameters: { answer: 'nxdomain' }, seconds: 8, holds: true },
    ],
  },
  {
    name: 'scale',
    workload: app,
    objects: (namespace, _, nodes) => [deployment(namespace, { nodes, image: debian, command: idle, replicas: 3 })],
    faults: [
      { fault: 'workload-scale', parameters: { replicas: 1 }, seconds: 8, holds: true },
      { fault: 'workload-scale', parameters: { replicas: 5 }, seconds: 8, holds: true },
    ],
  },
  {
    name: 'objects',
    workload: app,
    objects: (namespace, _, nodes) => [
      deployment(namespace, { nodes, image: debian, command: idle }),
      settings(namespace),
      web(namespace, 6379),
    ],
    faults: [
      { fault: 'object-delete', parameters: { kind: 'ConfigMap', names: ['settings'] }, seconds: 8, holds: true },
      { fault: 'object-delete', parameters: { kind: 'Service', names: ['web'] }, seconds: 8, holds: true },
    ],
  },
  {
    name: 'nodes',
    onLastNode: true,
    workload: app,
    objects: (namespace, _, nodes) => [deployment(namespace, { nodes, image: debian, command: idle })],
    faults: [
      { fault: 'node-cordon', target: one, seconds: 8, holds: true },
      { fault: 'node-taint', target: one, parameters: { taints: ['soak=on:NoSchedule'] }, seconds: 8, holds: true },
    ],
  },
  {
    name: 'deaths',
    workload: app,
    objects: (namespace, _, nodes) => [deployment(namespace, { nodes, image: debian, command: idle, replicas: 3 })],
    faults: [
      { fault: 'pod-delete', target: one, parameters: { gracePeriod: '1s' }, seconds: 12, repeatEverySeconds: 6, holds: false },
      { fault: 'container-kill', target: one, parameters: { signal: 'SIGKILL' }, seconds: 8, holds: false },
    ],
  },
  {
    name: 'redis',
    workload: { kind: 'StatefulSet', name: 'redis-leader' },
    objects: 'redis',
    faults: [
      { fault: 'redis-pause', target: { role: 'redis-primary' }, parameters: { commands: 'write' }, seconds: 8, holds: true },
      {
        fault: 'pod-network-latency',
        target: { role: 'redis-replica', count: 1 },
        parameters: { latency: '100ms' },
        seconds: 8,
        holds: true,
      },
      { fault: 'redis-memory-pressure', target: { role: 'redis-primary' }, parameters: { bytes: '16Mi' }, seconds: 8, holds: true },
    ],
  },
];

/** Lanes whose faults are carried by an agent of squall's. */
export const agentLanes = ['network', 'stress', 'pause', 'http'];

/** The fault of a lane's n-th run, from 1, as the seed has it; `only`: that fault alone, where the lane has it. */
export function faultOfRun(lane: Lane, seed: string, run: number, only?: string): LaneFault {
  const wanted = lane.faults.filter(({ fault }) => fault === only);
  return pick(wanted.length > 0 ? wanted : lane.faults, seed, 'fault', lane.name, run);
}

/** The campaign that does it: JSON, which is YAML. */
export function documentOf(lane: Lane, namespace: string, run: number, chosen: LaneFault): string {
  const { fault, target, parameters, seconds, repeatEverySeconds } = chosen;
  return JSON.stringify({
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: `soak-${lane.name}` },
    spec: {
      target: { namespace, ...lane.workload },
      hypothesis: [lane.objects === 'redis' ? { type: 'redis-replication' } : { type: 'pods-ready' }],
      steps: [
        {
          experiment: {
            name: `run-${run}`,
            fault,
            ...(target !== undefined && { target }),
            ...(parameters !== undefined && { parameters }),
            duration: `${seconds}s`,
            ...(repeatEverySeconds !== undefined && { repeatEvery: `${repeatEverySeconds}s` }),
            recoveryTimeout: '20s',
          },
        },
      ],
    },
  });
}
