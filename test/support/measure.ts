import assert from 'node:assert/strict';
import type { Cluster, ContainerAddress } from '../../src/kubernetes/cluster.ts';

/** Round trips of `count` redis PINGs over one connection, in ms, measured from inside another pod (which needs bash). */
export async function roundTrips(cluster: Cluster, from: ContainerAddress, ip: string, count: number): Promise<number[]> {
  const script = `exec 3<>/dev/tcp/${ip}/6379
for i in $(seq ${count}); do
  start=\${EPOCHREALTIME/./}; printf 'PING\\r\\n' >&3; read -r -t 10 _ <&3 || exit 1; end=\${EPOCHREALTIME/./}
  echo $((end - start))
done`;
  const result = await cluster.exec(from, ['bash', '-c', script], { timeoutMs: 60_000 });
  assert.equal(result.exitCode, 0, result.stderr);
  const values = result.stdout
    .trim()
    .split('\n')
    .map((line) => Number(line) / 1_000);
  assert.equal(values.length, count);
  return values;
}

/** CPU cores a container used over some seconds, from its own cgroup's figures. */
export async function coresUsed(cluster: Cluster, container: ContainerAddress, seconds: number): Promise<number> {
  const script = `usage() { cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || awk '/usage_usec/ {printf "%d000\\n", $2}' /sys/fs/cgroup/cpu.stat; }
before=$(usage); start=\${EPOCHREALTIME/./}; sleep ${seconds}; after=$(usage); end=\${EPOCHREALTIME/./}
echo $((after - before)) $((end - start))`;
  const result = await cluster.exec(container, ['bash', '-c', script], { timeoutMs: (seconds + 20) * 1_000 });
  assert.equal(result.exitCode, 0, result.stderr);
  const [nanoseconds = Number.NaN, microseconds = Number.NaN] = result.stdout.trim().split(' ').map(Number);
  return nanoseconds / (microseconds * 1_000);
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  assert.ok(middle !== undefined, 'no values');
  return middle;
}
