import { cp, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hashOf, hashOfDirectory } from './artifacts/artifact.ts';
import { LabFailure } from './failure.ts';
import { debianImage, ensureImage, imageNames } from './images.ts';
import type { NodeImage } from './node.ts';
import { cacheRoot, ownCheckout } from './paths.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';

/** What the service's Dockerfile copies; its .dockerignore lets the same through. */
export const serviceContext = {
  files: ['Dockerfile', 'package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build-package.ts'],
  folders: ['src', 'types', 'schema', 'docker'],
};

/** The image of squall's API, worker and command line, by the checkout's own Dockerfile. */
export async function ensureServiceImage(checkout: string, progress: Progress): Promise<NodeImage> {
  const dockerfile = await readFile(join(checkout, 'Dockerfile'), 'utf8');
  const nodeImage = /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile)?.[1];
  if (nodeImage === undefined)
    throw new LabFailure(`${join(checkout, 'Dockerfile')}: found no ARG NODE_IMAGE, expected the image it builds on`);
  const { files, folders } = serviceContext;
  const inputs = hashOf(
    ...(await Promise.all(files.map((file) => readFile(join(checkout, file))))),
    ...(await Promise.all(folders.map((folder) => hashOfDirectory(join(checkout, folder))))),
  );
  return ensureImage(
    {
      name: 'service',
      tags: [imageNames.service],
      doing: `building ${imageNames.service}`,
      inputs,
      base: await ensureNodeImage(nodeImage, progress),
      options: await npmOptions(),
      prepare: async (context) => {
        for (const path of [...files, ...folders]) {
          await mkdir(dirname(join(context, path)), { recursive: true });
          await cp(join(checkout, path), join(context, path), { recursive: true });
        }
      },
    },
    progress,
  );
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

/** Has npm in the build go by this machine's registry, certificates and cache. */
async function npmOptions(): Promise<string[]> {
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  const settings = [`registry=${(await run(['npm', 'config', 'get', 'registry'])).trim()}`, 'prefer-offline=true'];
  if (certificates !== undefined) settings.push(`cafile=${certificates}`);
  await mkdir(cacheRoot(), { recursive: true });
  const npmrc = join(cacheRoot(), 'npmrc-of-builds');
  await writeFile(npmrc, `${settings.join('\n')}\n`);
  return [
    // The one that has health checks.
    '--format=docker',
    `--volume=${npmrc}:/usr/local/etc/npmrc:ro`,
    `--volume=${(await run(['npm', 'config', 'get', 'cache'])).trim()}:/root/.npm`,
    ...(certificates === undefined ? [] : [`--volume=${certificates}:${certificates}:ro`]),
  ];
}
