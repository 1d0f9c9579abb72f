import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ensureArtifact, hashOf, hashOfDirectory } from './artifacts/artifact.ts';
import { corednsBinary, pauseBinary } from './artifacts/binaries.ts';
import { goBuildCopy } from './artifacts/go.ts';
import { LabFailure } from './failure.ts';
import type { NodeImage } from './node.ts';
import { ownCheckout } from './paths.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';

export const imageNames = {
  pause: 'localhost/pause:1',
  coredns: 'localhost/coredns:1',
  debian: 'docker.io/library/debian:bookworm-slim',
  redis: 'docker.io/library/redis:6.2',
  redis7: 'docker.io/library/redis:7.0',
  exporter: 'docker.io/oliver006/redis_exporter:v1.62.0',
  agent: 'localhost/squall-agent:dev',
  load: 'localhost/squall-redis-load:dev',
  service: 'localhost/squall:dev',
};

/** Images of this project: a folder with a Go program and a Dockerfile that copies its static binary. */
export const projectImages = [
  { name: 'agent', folder: 'agent', binary: 'bin/squall-agent', tag: imageNames.agent },
  { name: 'redis-load', folder: 'examples/redis/load', binary: 'bin/redis-load', tag: imageNames.load },
];

export interface ImageSpec {
  name: string;
  tags: string[];
  doing: string;
  /** hash of the Dockerfile and of everything it copies */
  inputs: string;
  base?: NodeImage;
  /** Fills the build context, whose Dockerfile is at its top. */
  prepare(context: string): Promise<void>;
}

/** Builds an image with buildah, in a store that lives as long as the build, and keeps it as an archive. */
export async function ensureImage(spec: ImageSpec, progress: Progress): Promise<NodeImage> {
  const key = { name: `image-${spec.name}`, version: '1', inputs: hashOf(spec.inputs, spec.base?.key ?? '', ...spec.tags) };
  const directory = await ensureArtifact(
    {
      ...key,
      doing: spec.doing,
      build: async (directory) => {
        const scratch = join(directory, 'scratch');
        const context = join(scratch, 'context');
        await mkdir(context, { recursive: true });
        await spec.prepare(context);
        const archive = join(directory, 'image.tar');
        const buildah = (...args: string[]): Promise<string> =>
          run(['buildah', '--root', join(scratch, 'root'), '--runroot', join(scratch, 'run'), '--storage-driver', 'vfs', ...args]);
        if (spec.base !== undefined) await buildah('pull', '--quiet', `docker-archive:${spec.base.archive}`);
        const tags = spec.tags.flatMap((tag) => ['--tag', tag]);
        await buildah('build', '--isolation', 'chroot', '--pull-never', ...tags, context);
        await buildah('push', '--quiet', spec.tags[0] ?? '', `docker-archive:${archive}:${spec.tags[0] ?? ''}`);
        await rm(scratch, { recursive: true, force: true });
      },
    },
    progress,
  );
  return { key: basename(directory), archive: join(directory, 'image.tar'), tags: spec.tags };
}

const recipes = join(ownCheckout, 'lab', 'images');

async function recipeImage(name: string, tags: string[], base: NodeImage, progress: Progress): Promise<NodeImage> {
  const recipe = join(recipes, name);
  return ensureImage(
    {
      name,
      tags,
      doing: `building ${tags.join(', ')}`,
      inputs: await hashOfDirectory(recipe),
      base,
      prepare: (context) => cp(recipe, context, { recursive: true }),
    },
    progress,
  );
}

async function binaryImage(name: string, tag: string, binary: string, progress: Progress): Promise<NodeImage> {
  const recipe = join(recipes, name);
  return ensureImage(
    {
      name,
      tags: [tag],
      doing: `building ${tag}`,
      // The binary's artifact is named by its version and its source's hash.
      inputs: hashOf(await hashOfDirectory(recipe), binary),
      prepare: async (context) => {
        await cp(recipe, context, { recursive: true });
        await copyFile(binary, join(context, name));
      },
    },
    progress,
  );
}

export async function debianImage(progress: Progress): Promise<NodeImage> {
  const recipe = join(recipes, 'debian');
  // What Debian's own slim images leave out.
  const left = ['doc', 'groff', 'info', 'lintian', 'linda', 'locale', 'man'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const command = ['mmdebstrap', '--variant=minbase', ...left, '--dpkgopt=path-include=/usr/share/doc/*/copyright', '--quiet', 'bookworm'];
  return ensureImage(
    {
      name: 'debian',
      tags: [imageNames.debian],
      doing: 'making a Debian root file system (about 30 s)',
      inputs: hashOf(await hashOfDirectory(recipe), ...command),
      prepare: async (context) => {
        await cp(recipe, context, { recursive: true });
        await run([...command, join(context, 'rootfs.tar')]);
      },
    },
    progress,
  );
}

/** The images that do not change with the project: the cluster's own, and redis. They come in one archive, which has their common layers once. */
export async function ensureSystemImages(progress: Progress): Promise<NodeImage> {
  const debian = async (): Promise<NodeImage[]> => {
    const base = await debianImage(progress);
    const redis = await recipeImage('redis', [imageNames.redis, imageNames.redis7], base, progress);
    const exporter = await recipeImage('exporter', [imageNames.exporter], base, progress);
    return [base, redis, exporter];
  };
  const [fromDebian, pause, coredns] = await Promise.all([
    debian(),
    pauseBinary(progress).then((binary) => binaryImage('pause', imageNames.pause, binary, progress)),
    corednsBinary(progress).then((binary) => binaryImage('coredns', imageNames.coredns, binary, progress)),
  ]);
  return bundle([pause, coredns, ...fromDebian], progress);
}

interface ArchiveManifest {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

async function bundle(images: readonly NodeImage[], progress: Progress): Promise<NodeImage> {
  const directory = await ensureArtifact(
    {
      name: 'images',
      version: '1',
      inputs: hashOf(...images.map((image) => image.key)),
      doing: 'bundling the images',
      build: async (directory) => {
        const scratch = join(directory, 'scratch');
        await mkdir(scratch);
        const manifests: ArchiveManifest[] = [];
        for (const image of images) {
          await run(['tar', '--extract', '--file', image.archive, '--directory', scratch]);
          const [manifest] = JSON.parse(await readFile(join(scratch, 'manifest.json'), 'utf8')) as ArchiveManifest[];
          if (manifest === undefined) throw new LabFailure(`${image.archive}: found an empty manifest.json, expected one image`);
          manifests.push({ ...manifest, RepoTags: image.tags });
        }
        await writeFile(join(scratch, 'manifest.json'), JSON.stringify(manifests));
        const files = new Set(manifests.flatMap((manifest) => [manifest.Config, ...manifest.Layers]));
        await run(['tar', '--create', '--file', join(directory, 'image.tar'), '--directory', scratch, 'manifest.json', ...files]);
        await rm(scratch, { recursive: true });
      },
    },
    progress,
  );
  return { key: basename(directory), archive: join(directory, 'image.tar'), tags: images.flatMap((image) => image.tags) };
}

/** The images made of the checkout's own folders; one whose folder has no Dockerfile is left out, and that is said. */
export async function ensureProjectImages(checkout: string, progress: Progress): Promise<NodeImage[]> {
  const images: NodeImage[] = [];
  for (const image of projectImages) {
    const source = join(checkout, image.folder);
    if (!existsSync(join(source, 'Dockerfile'))) {
      progress.line(`${image.tag}: left out, ${image.folder}/Dockerfile is not there`);
      continue;
    }
    const inputs = await hashOfDirectory(source, ['bin']);
    images.push(
      await ensureImage(
        {
          name: image.name,
          tags: [image.tag],
          doing: `building ${image.tag}`,
          inputs,
          prepare: (context) => goBuildCopy(source, context, image.binary),
        },
        progress,
      ),
    );
  }
  return images;
}
