import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goBuildCopy } from './artifacts/go.ts';
import type { ClusterPart } from './cluster-part.ts';
import { existingCluster } from './existing-cluster.ts';
import { imageNames, projectImages } from './images.ts';
import { kubeconfigOf, type Lab } from './lab.ts';
import { present } from './packages.ts';
import type { Progress } from './progress.ts';
import { attempt, run } from './run.ts';

type Engine = 'kind' | 'k3d';

/** The tool that can make a cluster in Docker here; undefined when there is none, or Docker does not answer. */
export async function findEngine(): Promise<Engine | undefined> {
  const engine = (['kind', 'k3d'] as const).find(present);
  if (engine === undefined || !present('docker')) return undefined;
  const docker = await attempt(['docker', 'version', '--format', '{{.Server.Version}}']);
  return docker.code === 0 ? engine : undefined;
}

/** A cluster in Docker, made by kind or k3d. It brings DNS, and pulls redis and the exporter from their registries. */
export function engineCluster(lab: Lab, engine: Engine, nodeCount: number): ClusterPart {
  const name = `squall-lab-${lab.slot.number}`;
  const kubeconfig = kubeconfigOf(lab);
  const zones = Array.from({ length: nodeCount }, (_, index) => `zone-${String.fromCharCode(97 + index)}`);
  const exists = async (): Promise<boolean> => {
    const listed = await run(engine === 'kind' ? ['kind', 'get', 'clusters'] : ['k3d', 'cluster', 'list', '--no-headers']);
    return listed.split('\n').some((line) => line.split(/\s+/)[0] === name);
  };
  const create = async (): Promise<void> => {
    if (engine === 'kind') {
      const nodes = zones.map((zone, index) => ({
        role: index === 0 ? 'control-plane' : 'worker',
        labels: { 'topology.kubernetes.io/zone': zone },
      }));
      const config = JSON.stringify({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes });
      await run(['kind', 'create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, '--config', '-', '--wait', '180s'], {
        input: config,
      });
      return;
    }
    const labels = zones.flatMap((zone, index) => {
      const node = index === 0 ? 'server:0' : `agent:${index - 1}`;
      return ['--k3s-node-label', `topology.kubernetes.io/zone=${zone}@${node}`];
    });
    await run([
      'k3d',
      'cluster',
      'create',
      name,
      '--agents',
      String(nodeCount - 1),
      ...labels,
      '--kubeconfig-update-default=false',
      '--wait',
    ]);
    await run(['k3d', 'kubeconfig', 'write', name, '--output', kubeconfig]);
  };
  const remove = async (): Promise<void> => {
    if (!(await exists())) return;
    await run(
      engine === 'kind' ? ['kind', 'delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig] : ['k3d', 'cluster', 'delete', name],
    );
  };
  return {
    kubeconfig,
    complaints: async () => ((await exists()) ? existingCluster(kubeconfig).complaints() : [`there is no ${engine} cluster ${name}`]),
    start: (progress) =>
      progress.task(engine, `creating cluster ${name}`, async () => {
        await remove();
        await create();
      }),
    importProjectImages: async (checkout, progress) => {
      for (const image of projectImages) {
        const source = join(checkout, image.folder);
        if (existsSync(join(source, 'Dockerfile'))) await importImage(source, image, progress);
        else progress.line(`${image.tag}: left out, ${image.folder}/Dockerfile is not there`);
      }
    },
    importServiceImage: async (checkout, progress) => {
      await progress.task('service', `building ${imageNames.service}`, async (say) => {
        await run(['docker', 'build', '--tag', imageNames.service, checkout]);
        say('importing');
        await importTag(imageNames.service);
      });
      return undefined;
    },
    remove,
  };

  async function importTag(tag: string): Promise<void> {
    await run(
      engine === 'kind' ? ['kind', 'load', 'docker-image', tag, '--name', name] : ['k3d', 'image', 'import', tag, '--cluster', name],
    );
  }

  async function importImage(source: string, image: (typeof projectImages)[number], progress: Progress): Promise<void> {
    await progress.task(image.name, `building ${image.tag}`, async (say) => {
      const context = await mkdtemp(join(tmpdir(), 'squall-image-'));
      try {
        await goBuildCopy(source, context, image.binary);
        await run(['docker', 'build', '--tag', image.tag, context]);
        say('importing');
        await importTag(image.tag);
      } finally {
        await rm(context, { recursive: true, force: true });
      }
    });
  }
}
