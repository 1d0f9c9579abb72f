import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorMessage } from '../src/error-message.ts';
import { LabFailure } from './failure.ts';
import { ownCheckout } from './paths.ts';

/** Where the parts of a running lab are; written when all of them are up. */
export interface LabState {
  slot: number;
  /** HOST:PORT */
  temporalAddress: string;
  temporalUi: string | null;
  temporalNamespace: string;
  /** path of the kubeconfig */
  kubeconfig: string;
  cluster: 'native' | 'kind' | 'k3d' | 'existing';
  prometheusUrl: string | null;
  images: { agent: string; redis: string; exporter: string; load: string };
  /** the lab's data directory: logs, databases, keys */
  directory: string;
}

export function labStatePath(checkout: string = ownCheckout): string {
  return join(resolve(checkout), '.squall', 'lab.json');
}

/**
 * The lab of a checkout; undefined when it has none up.
 * @throws LabFailure when the file is there and cannot be read
 */
export function readLabState(checkout: string = ownCheckout): LabState | undefined {
  const path = labStatePath(checkout);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LabState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LabFailure(`${path}: ${errorMessage(error)}; expected the state that "npm run lab -- up" writes`);
  }
}

export function writeLabState(checkout: string, state: LabState): void {
  const path = labStatePath(checkout);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}

export function removeLabState(checkout: string): void {
  rmSync(labStatePath(checkout), { force: true });
}
