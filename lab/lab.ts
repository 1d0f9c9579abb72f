import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiServer } from './api-server.ts';
import { LabFailure } from './failure.ts';
import { stateRoot } from './paths.ts';
import { Processes } from './processes.ts';
import { type NodePlan, nodesOf, type Slot, westOf } from './slot.ts';

/** What a lab consists of: settled when it is brought up, kept until it is taken down. */
export interface LabConfig {
  nodes: number;
  /** HOST:PORT of a Temporal server that is not the lab's; null: the lab runs its own */
  temporalAddress: string | null;
  /** who runs the cluster; with `existing`, the kubeconfig that leads to it */
  cluster: 'native' | 'kind' | 'k3d' | 'existing';
  kubeconfig: string | null;
}

export interface Lab {
  slot: Slot;
  checkout: string;
  /** the slot's data */
  directory: string;
  processes: Processes;
  /** the nodes of the cluster whose network it joins; absent: it has its own */
  joins?: NodePlan[];
}

export function labOf(slot: Slot, checkout: string): Lab {
  const directory = join(stateRoot(), `slot-${slot.number}`);
  return { slot, checkout, directory, processes: new Processes(join(directory, 'processes'), join(directory, 'logs')) };
}

/** The second cluster of a lab whose first has so many nodes. */
export function westLabOf(lab: Lab, nodeCount: number): Lab {
  const directory = join(lab.directory, 'west');
  return {
    slot: westOf(lab.slot),
    checkout: lab.checkout,
    directory,
    processes: new Processes(join(directory, 'processes'), join(directory, 'logs')),
    joins: nodesOf(lab.slot, nodeCount),
  };
}

export async function readConfig(lab: Lab): Promise<LabConfig | undefined> {
  const text = await readFile(configPath(lab), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LabConfig);
}

export async function writeConfig(lab: Lab, config: LabConfig): Promise<void> {
  await mkdir(lab.directory, { recursive: true, mode: 0o700 });
  await writeFile(`${configPath(lab)}.new`, JSON.stringify(config, undefined, 2));
  await rename(`${configPath(lab)}.new`, configPath(lab));
}

export async function forgetConfig(lab: Lab): Promise<void> {
  await rm(configPath(lab), { force: true });
}

export function kubeconfigOf(lab: Lab): string {
  return join(lab.directory, 'kubeconfig');
}

export function certificatesOf(lab: Lab): string {
  return join(lab.directory, 'certificates');
}

/** The certificate that all of the cluster's servers are verified by. */
export function authorityOf(lab: Lab): string {
  return join(certificatesOf(lab), 'ca.crt');
}

/** The token of a user of the cluster. @throws when the lab has not been brought up once */
export function tokenOf(lab: Lab, user: string): string {
  const tokens = readFileSync(join(certificatesOf(lab), 'tokens.csv'), 'utf8').split('\n');
  const token = tokens.find((line) => line.split(',')[1] === user)?.split(',')[0];
  if (token === undefined) throw new LabFailure(`${certificatesOf(lab)}/tokens.csv: no token of ${user}`);
  return token;
}

/** The administrator's way to the API server; undefined before the lab has been brought up once. */
export function apiOf(lab: Lab): ApiServer | undefined {
  try {
    return { url: lab.slot.apiServer, ca: readFileSync(authorityOf(lab)), token: tokenOf(lab, 'admin') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function configPath(lab: Lab): string {
  return join(lab.directory, 'config.json');
}

/** Held by whoever brings the lab up or down. */
export function lockOf(lab: Lab): string {
  return join(lab.directory, 'lab.lock');
}

/** Where kubectl and temporal are. */
export function commandsOf(lab: Lab): string {
  return join(lab.directory, 'bin');
}
