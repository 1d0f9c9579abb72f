import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ownCheckout } from '../paths.ts';
import type { Progress } from '../progress.ts';
import { ensureArtifact, hashOf, hashOfDirectory } from './artifact.ts';
import { goBuild, goInstall } from './go.ts';

const sources = join(ownCheckout, 'lab', 'go');
const temporalVersion = 'v1.5.1';

/** Links of the one Kubernetes binary, which looks at the name it is called by. */
const kubernetesComponents = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet', 'kubectl'];

const kubernetesVersion = '1.34.4';

/** What the binaries say they are, to people and to each other. */
const versionVariables = Object.fromEntries(
  ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((name) => [
    [`${name}.gitVersion`, `v${kubernetesVersion}`],
    [`${name}.gitMajor`, '1'],
    [`${name}.gitMinor`, '34'],
    [`${name}.gitTreeState`, 'clean'],
  ]),
);

/** @returns the directory that holds kube-apiserver and its fellows, and kubectl */
export async function kubernetesBinaries(progress: Progress): Promise<string> {
  const source = join(sources, 'kube');
  return ensureArtifact(
    {
      name: 'kubernetes',
      version: kubernetesVersion,
      inputs: hashOf(await hashOfDirectory(source), JSON.stringify(versionVariables)),
      doing: 'building Kubernetes from source (5 to 15 min the first time)',
      build: async (directory) => {
        await goBuild(source, join(directory, 'kubernetes'), versionVariables);
        for (const component of kubernetesComponents) await symlink('kubernetes', join(directory, component));
      },
    },
    progress,
  );
}

/** @returns the path of the `temporal` command */
export async function temporalBinary(progress: Progress): Promise<string> {
  const directory = await ensureArtifact(
    {
      name: 'temporal',
      version: temporalVersion,
      inputs: hashOf(temporalVersion),
      doing: 'building the Temporal server from source (3 to 9 min the first time)',
      build: (directory) => goInstall(`github.com/temporalio/cli/cmd/temporal@${temporalVersion}`, directory),
    },
    progress,
  );
  return join(directory, 'temporal');
}

/** @returns the path of the CoreDNS binary */
export function corednsBinary(progress: Progress): Promise<string> {
  return ownBinary('coredns', '1.12.4', 'building CoreDNS from source (1 to 3 min the first time)', progress);
}

/** @returns the path of the binary that is process 1 of nodes and sandboxes */
export function pauseBinary(progress: Progress): Promise<string> {
  return ownBinary('pause', '1', 'building pause', progress);
}

/** @returns the path of the binary that tells what network namespaces hold */
export function netnsBinary(progress: Progress): Promise<string> {
  return ownBinary('netns', '1', 'building netns', progress);
}

/** A program whose module is a folder of the lab's, named as it is. */
async function ownBinary(name: string, version: string, doing: string, progress: Progress): Promise<string> {
  const source = join(sources, name);
  const inputs = await hashOfDirectory(source);
  const build = (directory: string) => goBuild(source, join(directory, name));
  const directory = await ensureArtifact({ name, version, inputs, doing, build }, progress);
  return join(directory, name);
}
