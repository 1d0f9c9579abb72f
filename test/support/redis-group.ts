import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { PodTarget } from '../../src/contracts/plan.ts';
import type { LabCluster } from './lab-cluster.ts';

export const redisPods = ['redis-0', 'redis-1', 'redis-2'] as const;
const sentinelPods = ['sentinel-0', 'sentinel-1', 'sentinel-2'] as const;

/** A redis with two replicas and three Sentinels in a test's namespace, and a client's pod beside them. */
export class LabRedis {
  readonly #lab: LabCluster;
  readonly selector = 'group=redis';

  private constructor(lab: LabCluster) {
    this.#lab = lab;
  }

  /** @param options of redis-server, for all three */
  static async create(lab: LabCluster, options: string[] = []): Promise<LabRedis> {
    const { image, space } = lab;
    const group = new LabRedis(lab);
    const redis = (name: string, ...more: string[]) =>
      space.createPod(name, ['redis-server', '--save', '', '--repl-diskless-sync-delay', '0', ...options, ...more], {
        image,
        labels: { group: 'redis' },
      });
    const [first, ...others] = redisPods;
    const [primary] = await Promise.all([redis(first), space.createPod('client', ['sleep', '36000'], { image })]);
    const ip = primary.status?.podIP ?? '';
    await Promise.all(others.map((name) => redis(name, '--replicaof', ip, '6379')));
    const conf = `port 26379\\nsentinel monitor redis ${ip} 6379 2\\nsentinel down-after-milliseconds redis 2000\\nsentinel failover-timeout redis 6000\\n`;
    const start = `printf '${conf}' > /tmp/sentinel.conf && exec redis-server /tmp/sentinel.conf --sentinel`;
    await Promise.all(sentinelPods.map((name) => space.createPod(name, ['bash', '-c', start], { image, labels: { group: 'sentinel' } })));
    await group.awaitHealthy();
    return group;
  }

  /** redis-cli's answer, run in the client's pod against another pod's redis or Sentinel; of an error, what it says. */
  async ask(pod: string, ...command: string[]): Promise<string> {
    const { space, cluster } = this.#lab;
    const found = await cluster.readPod(space.name, pod);
    const port = pod.startsWith('sentinel') ? '26379' : '6379';
    const argv = ['timeout', '3', 'redis-cli', '-h', found?.status?.podIP ?? '', '-p', port, ...command];
    const { stdout, stderr } = await cluster.exec({ namespace: space.name, pod: 'client', container: 'main' }, argv, { timeoutMs: 20_000 });
    return (stdout || stderr).replaceAll('\r', '').trim();
  }

  /** A field of a pod's INFO; undefined: it has none. */
  async info(pod: string, field: string): Promise<string | undefined> {
    return (await this.ask(pod, 'INFO')).match(new RegExp(`^${field}:(.*)$`, 'm'))?.[1];
  }

  /** Those that say they are the primary. */
  async primaries(): Promise<string[]> {
    const roles = await Promise.all(redisPods.map((pod) => this.info(pod, 'role')));
    return redisPods.filter((_, index) => roles[index] === 'master');
  }

  async primary(): Promise<string> {
    const [primary, ...others] = await this.primaries();
    assert.ok(primary !== undefined && others.length === 0, `primaries: ${[primary, ...others].join(', ')}`);
    return primary;
  }

  async target(pod: string): Promise<PodTarget> {
    const role = (await this.info(pod, 'role')) === 'master' ? 'redis-primary' : 'redis-replica';
    return { ...(await this.#lab.podTarget(pod)), role };
  }

  /** What keeps it from being one primary, two linked replicas and Sentinels that agree; undefined: nothing. */
  async problem(): Promise<string | undefined> {
    const primaries = await this.primaries();
    const [primary, ...others] = primaries;
    if (primary === undefined || others.length > 0) return `primaries: ${primaries.join(', ')}`;
    const links = await Promise.all(redisPods.map((pod) => this.info(pod, 'master_link_status')));
    const linked = links.filter((link) => link === 'up').length;
    if (linked !== 2) return `${linked} of 2 replicas are linked`;
    const { status } = (await this.#lab.cluster.readPod(this.#lab.space.name, primary)) ?? {};
    const names = await Promise.all(sentinelPods.map((pod) => this.ask(pod, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'redis')));
    const agreeing = names.filter((name) => name.split('\n')[0] === status?.podIP).length;
    if (agreeing !== 3) return `${agreeing} of 3 Sentinels name ${primary}`;
    const quorum = await this.ask(sentinelPods[0], 'SENTINEL', 'CKQUORUM', 'redis');
    const replicas = (await this.ask(sentinelPods[0], 'SENTINEL', 'REPLICAS', 'redis')).match(/^name$/gm)?.length ?? 0;
    return quorum.startsWith('OK 3') && replicas >= 2 ? undefined : `${quorum}, ${replicas} replicas known`;
  }

  async awaitHealthy(timeoutMs = 90_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const problem = await this.problem();
      if (problem === undefined) return;
      assert.ok(Date.now() < end, `after ${timeoutMs} ms: ${problem}`);
      await delay(300);
    }
  }
}
