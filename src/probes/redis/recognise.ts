import type { V1Container, V1Pod } from '@kubernetes/client-node';

const redisPort = 6379;
export const sentinelPort = 26379;

const redisImage = /(^|\/)(redis|valkey|redis-stack-server)([:@]|$)/;

/** The port a pod's redis listens on, by its containers' ports and images; undefined: it does not look like a redis. */
export function redisPortOf(pod: V1Pod): number | undefined {
  const containers = pod.spec?.containers ?? [];
  if (containers.some((container) => hasPort(container, redisPort))) return redisPort;
  if (isSentinel(pod)) return undefined;
  const container = containers.find(({ image }) => redisImage.test(image ?? ''));
  return container && (container.ports?.[0]?.containerPort ?? redisPort);
}

const sentinelProgram = /(^|[/-])sentinel([:@.]|$)/;

export function isSentinel({ metadata, spec }: V1Pod): boolean {
  const containers = spec?.containers ?? [];
  if (containers.some((container) => hasPort(container, sentinelPort))) return true;
  const words = containers.flatMap(({ image, command = [], args = [] }) => [image ?? '', ...command, ...args]);
  return [...words, ...Object.values(metadata?.labels ?? {})].some((word) => sentinelProgram.test(option(word)));
}

/** A word of a command without the value it sets: a client is told of Sentinels by `--sentinels=redis-sentinel:26379`. */
function option(word: string): string {
  return word.split('=', 1)[0] ?? '';
}

function hasPort({ ports = [] }: V1Container, port: number): boolean {
  return ports.some(({ containerPort }) => containerPort === port);
}
