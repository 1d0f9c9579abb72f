import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabFailure } from './failure.ts';
import { acquire } from './lock.ts';
import type { NodeImage } from './node.ts';
import { ensureNeeds, type Need, present } from './packages.ts';
import { cacheRoot } from './paths.ts';
import { Processes } from './processes.ts';
import type { Progress } from './progress.ts';
import { attempt, type RunResult, run } from './run.ts';

/** What an engine of the lab's own takes from the machine. It is installed where one is wanted. */
const dockerNeeds: Need[] = [{ file: '/usr/sbin/dockerd', package: 'docker.io', why: "builds and runs the project's images" }];

const daemonName = 'dockerd';

/**
 * A Docker engine, to build and run images as a user would: the machine's, if one answers, else one of the lab's own, which lives until
 * it is disposed of. What it has built stays in the cache, so that a build does again only what has changed.
 */
export class Docker implements AsyncDisposable {
  /** one of the lab's own pulls nothing: what an image is built on is loaded into it */
  readonly own: boolean;
  readonly #client: string;
  readonly #env: Record<string, string>;
  readonly #end: () => Promise<void>;

  private constructor(client: string, daemon: OwnDaemon | undefined) {
    this.own = daemon !== undefined;
    this.#client = client;
    this.#env = { DOCKER_BUILDKIT: '1', ...(daemon !== undefined && { DOCKER_HOST: daemon.host }) };
    this.#end = daemon?.end ?? (() => Promise.resolve());
  }

  /** Waits while another process has the lab's own engine. */
  static async use(progress: Progress): Promise<Docker> {
    const client = await findClient();
    if (client !== undefined && (await answers(client))) return new Docker(client, undefined);
    await ensureNeeds(progress, dockerNeeds);
    const usable = client ?? (await findClient());
    if (usable === undefined)
      throw new LabFailure(
        'docker: found no client that builds with BuildKit, expected one with its plugin buildx (package docker-buildx)',
      );
    const docker = new Docker(usable, await startDaemon(usable, progress));
    // Left by one that was interrupted.
    const left = (await docker.run('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
    if (left.length > 0) await docker.run('rm', '--force', '--volumes', ...left);
    return docker;
  }

  /** Runs the client, and returns what it wrote to stdout. @throws LabFailure when it fails */
  run(...words: string[]): Promise<string> {
    return run([this.#client, ...words], { env: this.#env });
  }

  attempt(...words: string[]): Promise<RunResult> {
    return attempt([this.#client, ...words], { env: this.#env });
  }

  /** Builds a folder's Dockerfile. */
  async build(tag: string, context: string, ...options: string[]): Promise<void> {
    // The lab's own has no network but the machine's.
    const network = this.own ? ['--network', 'host'] : [];
    await this.run('build', '--quiet', '--tag', tag, ...network, ...options, context);
    // What had the tag before.
    if (this.own) await this.run('image', 'prune', '--force');
  }

  /** Makes an image of the cache known to it by its tag, unless it is. */
  async load(image: NodeImage): Promise<void> {
    const mark = `localhost/lab:${image.key}`;
    const [tag = ''] = image.tags;
    if ((await this.attempt('image', 'inspect', mark)).code === 0) {
      await this.run('tag', mark, tag);
      return;
    }
    await this.run('load', '--quiet', '--input', image.archive);
    await this.run('tag', tag, mark);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

async function answers(client: string): Promise<boolean> {
  return (await attempt([client, 'version'])).code === 0;
}

/** The first client that builds with BuildKit, which the Dockerfiles take: by its plugin, or by itself, as those before 23 do. */
async function findClient(): Promise<string | undefined> {
  for (const client of ['docker', '/usr/bin/docker']) {
    if (!present(client)) continue;
    if ((await attempt([client, 'buildx', 'version'])).code === 0) return client;
    const [, major] = /version (\d+)\./.exec((await attempt([client, '--version'])).stdout) ?? [];
    if (Number(major) < 23) return client;
  }
  return undefined;
}

interface OwnDaemon {
  host: string;
  /** Ends it, and lets others have it. */
  end(): Promise<void>;
}

async function startDaemon(client: string, progress: Progress): Promise<OwnDaemon> {
  const directory = join(cacheRoot(), 'docker');
  const processes = new Processes(join(directory, 'processes'), join(directory, 'logs'));
  const host = `unix://${join(directory, 'docker.sock')}`;
  const lock = await acquire(join(cacheRoot(), 'locks', 'docker.lock'), (owner) =>
    progress.line(`docker: waiting for process ${owner?.pid ?? '?'}, which uses it`),
  );
  const end = async (): Promise<void> => {
    await processes.stop(daemonName, 20_000);
    await processes.sweep(() => true);
    await lock.release();
  };
  try {
    await processes.sweep(() => true);
    await mkdir(directory, { recursive: true });
    const settings = join(directory, 'daemon.json');
    await writeFile(settings, JSON.stringify({ builder: { gc: { enabled: true, defaultKeepStorage: '4GB' } } }));
    const daemon = await processes.start(daemonName, [
      '/usr/sbin/dockerd',
      `--config-file=${settings}`,
      `--data-root=${join(directory, 'data')}`,
      `--exec-root=${join(directory, 'exec')}`,
      `--pidfile=${join(directory, 'dockerd.pid')}`,
      `--host=${host}`,
      // It leaves the machine's network as it is.
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      // To be spared by the kernel takes a right that it may not have.
      '--oom-score-adjust=0',
      '--log-level=warn',
    ]);
    const ready = async (): Promise<boolean> => (await attempt([client, 'version'], { env: { DOCKER_HOST: host } })).code === 0;
    await processes.ready(daemon, 60_000, ready);
    return { host, end };
  } catch (error) {
    await end();
    throw error;
  }
}
