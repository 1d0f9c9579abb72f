import assert from 'node:assert/strict';
import type { PodTarget } from '../../src/contracts/plan.ts';
import { LabCluster } from './lab-cluster.ts';

/** Ends when it is told to. */
const server = ['redis-server', '--save', '', '--protected-mode', 'no'];

/** What a network's effect is measured with: a redis that is faulted, and two pods beside it that measure. */
export class NetworkPods implements AsyncDisposable {
  readonly lab: LabCluster;
  readonly target: PodTarget;
  readonly peer: PodTarget;
  readonly bystander: PodTarget;

  private constructor(lab: LabCluster, target: PodTarget, peer: PodTarget, bystander: PodTarget) {
    this.lab = lab;
    this.target = target;
    this.peer = peer;
    this.bystander = bystander;
  }

  static async open(prefix: string): Promise<NetworkPods> {
    const lab = await LabCluster.open(prefix);
    try {
      const names = ['target', 'peer', 'bystander'] as const;
      await Promise.all(names.map((name) => lab.space.createPod(name, server, { image: lab.image })));
      const [target, peer, bystander] = await Promise.all([lab.podTarget('target'), lab.podTarget('peer'), lab.podTarget('bystander')]);
      return new NetworkPods(lab, target, peer, bystander);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs bash in a pod's own container; its output. */
  async bash(pod: PodTarget, script: string, timeoutMs = 60_000): Promise<string> {
    const address = { namespace: pod.namespace, pod: pod.pod, container: pod.container };
    const result = await this.lab.cluster.exec(address, ['bash', '-c', script], { timeoutMs });
    assert.equal(result.exitCode, 0, `${script}: ${result.stderr || result.stdout}`);
    return result.stdout.trim();
  }

  /** Whether a redis answers a pod within two seconds, by a new connection. */
  async reaches(from: PodTarget, to: PodTarget): Promise<boolean> {
    const answer = await this.bash(from, `timeout 2 redis-cli -h ${to.ip} ping 2>&1 || true`);
    return answer === 'PONG';
  }

  /** Has the target hold a value of so many bytes under the key `bulk`. */
  async fill(bytes: number): Promise<void> {
    await this.bash(this.target, `head -c ${bytes} /dev/zero | tr '\\0' x | redis-cli -x set bulk`);
  }

  /** How long the peer takes to fetch it, in ms. */
  async fetch(): Promise<number> {
    const script = `start=\${EPOCHREALTIME/./}; timeout 50 redis-cli -h ${this.target.ip} get bulk >/dev/null || exit 1; end=\${EPOCHREALTIME/./}; echo $((end - start))`;
    return Number(await this.bash(this.peer, script)) / 1000;
  }

  /** What the kernel of a pod counts of TCP, by the names of /proc/net/netstat and /proc/net/snmp: `TcpExt.TCPOFOQueue`. */
  async tcpCounters(pod: PodTarget): Promise<Record<string, number>> {
    const text = await this.bash(pod, 'cat /proc/net/netstat /proc/net/snmp');
    const lines = text.split('\n').map((line) => line.split(' '));
    const counters: Record<string, number> = {};
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const [names = [], values = []] = [lines[i], lines[i + 1]];
      names.forEach((name, column) => {
        if (column > 0) counters[`${names[0]?.replace(':', '')}.${name}`] = Number(values[column]);
      });
    }
    return counters;
  }

  /** By how much one of these grew at the peer while something was done. */
  async grows(name: string, act: () => Promise<unknown>): Promise<number> {
    const count = async () => {
      const value = (await this.tcpCounters(this.peer))[name];
      assert.ok(value !== undefined, `the kernel has no counter ${name}`);
      return value;
    };
    const before = await count();
    await act();
    return (await count()) - before;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}
