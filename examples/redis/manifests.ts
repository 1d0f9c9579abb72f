import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';

/** An object as its manifest has it, in the namespace it is to be in. */
export interface Manifest extends KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec?: { template?: { metadata?: { annotations?: Record<string, string> } } };
}

/** In the order they are applied: what a pod mounts or resolves comes before it. */
const files = ['scripts.yaml', 'redis.yaml', 'sentinel.yaml', 'load.yaml'];

/** The example's objects. A pod template carries the hash of the scripts, so that changed scripts roll out. */
export function readManifests(namespace: string): Manifest[] {
  const texts = files.map((file) => readFileSync(new URL(`manifests/${file}`, import.meta.url), 'utf8'));
  const scripts = createHash('sha256')
    .update(texts[0] ?? '')
    .digest('hex')
    .slice(0, 16);
  return texts
    .flatMap((text) => parseAllDocuments(text))
    .map((document) => {
      const manifest = document.toJS() as Manifest;
      const template = manifest.kind === 'StatefulSet' ? manifest.spec?.template?.metadata : undefined;
      if (template !== undefined) template.annotations = { ...template.annotations, 'checksum/scripts': scripts };
      return { ...manifest, metadata: { ...manifest.metadata, namespace } };
    });
}
