import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { readLoadCounters } from './load-writer.ts';
import { readManifests } from './manifests.ts';
import { Objects } from './objects.ts';
import { type Example, readReplication, redisCli, redisPods, sentinelPods } from './replication.ts';

const timeoutMs = 180_000;

export interface Place {
  /** path of a kubeconfig; absent: the current context, as kubectl finds it */
  kubeconfig?: string | undefined;
  /** absent: `default` */
  namespace?: string | undefined;
  signal?: AbortSignal | undefined;
  /** told what is being waited for, whenever that changes */
  onProgress?: ((line: string) => void) | undefined;
}

/**
 * Brings the example's redis up and returns when it works: one primary with two replicas on which all three
 * Sentinels agree, every pod ready and of the current manifests, and the load writer's writes acknowledged.
 * Changes nothing where that is so already. Creates the namespace when it is not there.
 *
 * @throws ClusterError, or an Error that says what was missing after 180 s; the signal's reason
 */
export async function deployRedis(place: Place): Promise<void> {
  await using objects = new Objects(place.kubeconfig);
  await inExample(place, async (example) => {
    const manifests = readManifests(example.namespace);
    await objects.ensureNamespace(example.namespace, example.signal);
    // The manifests' order matters only for what pods wait for, and they wait patiently; but it saves them a retry.
    for (const manifest of manifests) await objects.apply(manifest, example.signal);
    const workloads = manifests.filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');
    await until(place, example, async () => {
      const rollouts = await Promise.all(workloads.map((manifest) => objects.rollout(manifest, example.signal)));
      const unfinished = rollouts.filter((missing) => missing !== undefined);
      return unfinished.length > 0 ? unfinished : (await readReplication(example)).missing;
    });
    let before: number | undefined;
    await until(place, example, async () => {
      const { acknowledged, errors } = await readLoadCounters(example);
      const writes = before !== undefined && acknowledged > before;
      before = acknowledged;
      return writes ? [] : [`the load writer's writes are not acknowledged yet (${acknowledged} were, ${errors} failed)`];
    });
  });
}

/** Deletes the example's objects and returns when its pods are gone. The namespace stays. @throws like deployRedis */
export async function deleteRedis(place: Place): Promise<void> {
  await using objects = new Objects(place.kubeconfig);
  await inExample(place, async (example) => {
    for (const manifest of readManifests(example.namespace).reverse()) await objects.delete(manifest, example.signal);
    await until(place, example, async () => {
      const pods = await example.cluster.listPods(example.namespace, 'app in (redis, redis-sentinel, redis-load)', example.signal);
      return pods.map(({ metadata }) => `pod ${metadata?.name} is still there`);
    });
  });
}

/**
 * Has the Sentinels elect `pod`, one of redis-leader-0 to 2, and returns when it is the primary of two replicas and all Sentinels agree.
 * Sentinel has no command for that: the pod is given the best priority, and a failover is asked for.
 *
 * @throws like deployRedis
 */
export async function makePrimary(place: Place & { pod: string }): Promise<void> {
  const { pod } = place;
  const [sentinel = ''] = sentinelPods;
  if (!redisPods.includes(pod)) throw new Error(`pod ${pod} is not of this redis; expected one of ${redisPods.join(', ')}`);
  await inExample(place, async (example) => {
    const isPrimary = async () => {
      const { primary, missing } = await readReplication(example);
      return primary === pod ? missing : [`the primary is ${primary ?? 'unknown'}, to be ${pod}`, ...missing];
    };
    if ((await isPrimary()).length === 0) return;
    await until(place, example, async () => (await readReplication(example)).missing);
    try {
      await redisCli(example, pod, 'CONFIG', 'SET', 'replica-priority', '1');
      // Sentinel reads it every 10 s.
      await until(place, example, async () => {
        const replicas = (await redisCli(example, sentinel, 'SENTINEL', 'replicas', 'redis')).split(/^name$/m);
        const seen = replicas.find((replica) => replica.trimStart().startsWith(`${pod}.`))?.match(/^slave-priority\n(.*)$/m)?.[1];
        return seen === '1' ? [] : [`${sentinel} knows priority ${seen ?? 'nothing'} of ${pod}, not yet 1`];
      });
      const answer = await redisCli(example, sentinel, 'SENTINEL', 'FAILOVER', 'redis');
      if (answer !== 'OK') throw new Error(`${sentinel} refuses a failover: ${answer}`);
      await until(place, example, isPrimary);
    } finally {
      await redisCli(example, pod, 'CONFIG', 'SET', 'replica-priority', '100');
    }
  });
}

async function inExample(place: Place, work: (example: Example) => Promise<void>): Promise<void> {
  await using cluster = connectCluster({ name: 'redis-example', kubeconfig: place.kubeconfig });
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = place.signal === undefined ? timeout : AbortSignal.any([place.signal, timeout]);
  await work({ cluster, namespace: place.namespace ?? 'default', signal });
}

/** Asks until nothing is missing. What is missing is told when it changes, and named when time is up. */
async function until(place: Place, example: Example, ask: () => Promise<string[]>): Promise<void> {
  let told = '';
  try {
    for (;;) {
      const missing = (await ask()).join('; ');
      if (missing === '') return;
      if (missing !== told) place.onProgress?.(missing);
      told = missing;
      await delay(250, undefined, { signal: example.signal });
    }
  } catch (error) {
    place.signal?.throwIfAborted();
    if (example.signal.aborted) throw new Error(`after ${timeoutMs / 1000} s: ${told}`, { cause: error });
    throw error;
  }
}

const usage = `node examples/redis/deploy.ts [--kubeconfig F] [--namespace N] [--delete | --reset] [--primary POD]
  --delete       deletes the example instead
  --reset        deletes it first
  --primary POD  afterwards has POD elected, for example redis-leader-0`;

async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      kubeconfig: { type: 'string' },
      namespace: { type: 'string' },
      delete: { type: 'boolean', default: false },
      reset: { type: 'boolean', default: false },
      primary: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  if (values.delete && (values.reset || values.primary !== undefined)) throw new Error('--delete goes with neither --reset nor --primary');
  const began = performance.now();
  const progress = (line: string) => console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const place: Place = { kubeconfig: values.kubeconfig, namespace: values.namespace, onProgress: progress };
  if (values.delete || values.reset) await deleteRedis(place);
  if (values.delete) {
    progress('deleted');
    return;
  }
  await deployRedis(place);
  if (values.primary !== undefined) await makePrimary({ ...place, pod: values.primary });
  progress('one primary, two replicas, three Sentinels that agree, and a client whose writes are acknowledged');
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
