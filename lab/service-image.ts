import { cp, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ensureArtifact, hashOf, hashOfDirectory } from './artifacts/artifact.ts';
import { Docker } from './docker.ts';
import { LabFailure } from './failure.ts';
import { debianImage, ensureImage, imageNames } from './images.ts';
import type { NodeImage } from './node.ts';
import { cacheRoot, ownCheckout } from './paths.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';

const archiveName = 'image.tar';

/** What the service's Dockerfile copies; its .dockerignore lets the same through. */
export const serviceContext = {
  files: [
    'Dockerfile',
    'LICENSE',
    'package.json',
    'package-lock.json',
    '.npmrc',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/build-package.ts',
  ],
  folders: ['src', 'types', 'schema', 'docker'],
};

/** The image of squall's API, worker and command line, as an archive. */
export async function ensureServiceImage(checkout: string, progress: Progress): Promise<NodeImage> {
  const { files, folders } = serviceContext;
  const inputs = hashOf(
    ...(await Promise.all(files.map((file) => readFile(join(checkout, file))))),
    ...(await Promise.all(folders.map((folder) => hashOfDirectory(join(checkout, folder))))),
    process.version,
  );
  const directory = await ensureArtifact(
    {
      name: 'image-service',
      version: '2',
      inputs,
      doing: `building ${imageNames.service}`,
      build: async (directory) => {
        await using docker = await Docker.use(progress);
        await buildServiceImage(docker, checkout, progress);
        await docker.run('save', '--output', join(directory, archiveName), imageNames.service);
      },
    },
    progress,
  );
  return { key: basename(directory), archive: join(directory, archiveName), tags: [imageNames.service] };
}

/** The same in an engine, by the checkout's own Dockerfile. */
export async function buildServiceImage(docker: Docker, checkout: string, progress: Progress): Promise<void> {
  const dockerfile = await readFile(join(checkout, 'Dockerfile'), 'utf8');
  const nodeImage = /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile)?.[1];
  if (nodeImage === undefined)
    throw new LabFailure(`${join(checkout, 'Dockerfile')}: found no ARG NODE_IMAGE, expected the image it builds on`);
  if (docker.own) await docker.load(await ensureNodeImage(nodeImage, progress));
  await docker.build(imageNames.service, checkout, '--secret', `id=npmrc,src=${await npmrcOfBuilds()}`);
}

/** Node as this process is, and the npm that is on the PATH. */
async function ensureNodeImage(tag: string, progress: Progress): Promise<NodeImage> {
  const recipe = join(ownCheckout, 'lab', 'images', 'node');
  const npm = await npmFolder();
  return ensureImage(
    {
      name: 'node',
      tags: [tag],
      doing: `building ${tag}`,
      inputs: hashOf(await hashOfDirectory(recipe), process.version, await readFile(join(npm, 'package.json'))),
      base: await debianImage(progress),
      prepare: async (context) => {
        await cp(recipe, context, { recursive: true });
        await cp(process.execPath, join(context, 'node'));
        await cp(npm, join(context, 'npm'), { recursive: true });
      },
    },
    progress,
  );
}

async function npmFolder(): Promise<string> {
  const command = await realpath((await run(['which', 'npm'])).trim());
  const folder = dirname(dirname(command));
  if (basename(folder) !== 'npm') throw new LabFailure(`npm: found ${command}, expected npm/bin/npm-cli.js`);
  return folder;
}

/** A file that has npm in a build go by this machine's registry and certificates. */
async function npmrcOfBuilds(): Promise<string> {
  const setting = async (key: string) => (await run(['npm', 'config', 'get', key])).trim();
  const settings = [`registry=${await setting('registry')}`, 'prefer-offline=true'];
  const file = await setting('cafile');
  // npm's word for what is not set
  const certificates = file === 'null' ? process.env.NODE_EXTRA_CA_CERTS : file;
  if (certificates !== undefined) settings.push(`ca=${JSON.stringify(await readFile(certificates, 'utf8'))}`);
  await mkdir(cacheRoot(), { recursive: true });
  const npmrc = join(cacheRoot(), 'npmrc-of-builds');
  await writeFile(npmrc, `${settings.join('\n')}\n`);
  return npmrc;
}
