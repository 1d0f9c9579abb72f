import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';
import type { NodePlan, Slot } from './slot.ts';

export interface Certificates {
  directory: string;
  ca: string;
}

const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const days = '3650';

/** One authority per lab, and what is signed by it: servers are verified by their clients, none is taken on trust. */
export async function ensureCertificates(directory: string, slot: Slot, nodes: readonly NodePlan[]): Promise<Certificates> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const ca = join(directory, 'ca.crt');
  if (!existsSync(ca)) {
    await run([
      'openssl',
      'req',
      '-x509',
      ...keyOptions,
      '-days',
      days,
      '-subj',
      `/CN=${slot.prefix}-ca`,
      '-keyout',
      join(directory, 'ca.key'),
      '-out',
      ca,
    ]);
  }
  if (!existsSync(join(directory, 'service-accounts.pub'))) {
    const key = join(directory, 'service-accounts.key');
    await run(['openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', key]);
    await run(['openssl', 'pkey', '-in', key, '-pubout', '-out', join(directory, 'service-accounts.pub')]);
  }
  const issue = (name: string, subject: string, addresses: readonly string[], names: readonly string[] = []): Promise<void> =>
    ensureCertificate(directory, name, subject, [...addresses.map((address) => `IP:${address}`), ...names.map((dns) => `DNS:${dns}`)]);
  await Promise.all([
    issue('etcd', '/CN=etcd', [slot.hostAddress]),
    issue(
      'apiserver',
      '/CN=kube-apiserver',
      [slot.hostAddress, slot.apiServiceAddress],
      ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
    ),
    // As a client, the API server may do everything at the kubelets and at etcd.
    issue('apiserver-client', '/O=system:masters/CN=kube-apiserver-client', []),
    ...nodes.map((node) => issue(node.name, `/CN=${node.name}`, [node.address], [node.name])),
  ]);
  return { directory, ca };
}

async function ensureCertificate(directory: string, name: string, subject: string, alternatives: string[]): Promise<void> {
  const certificate = join(directory, `${name}.crt`);
  if (existsSync(certificate)) return;
  const key = join(directory, `${name}.key`);
  const request = join(directory, `${name}.csr`);
  const extensions = join(directory, `${name}.ext`);
  await writeFile(
    extensions,
    ['extendedKeyUsage=serverAuth,clientAuth', ...(alternatives.length === 0 ? [] : [`subjectAltName=${alternatives.join(',')}`])].join(
      '\n',
    ),
  );
  await run(['openssl', 'req', '-new', ...keyOptions, '-subj', subject, '-keyout', key, '-out', request]);
  const serial = `0x${randomBytes(8).toString('hex')}`;
  const authority = ['-CA', join(directory, 'ca.crt'), '-CAkey', join(directory, 'ca.key'), '-set_serial', serial];
  await run(['openssl', 'x509', '-req', '-in', request, ...authority, '-days', days, '-extfile', extensions, '-out', certificate]);
}

/** Who may ask the API server what: user, its groups, and the token it shows. */
export interface Identity {
  user: string;
  groups: string[];
  token: string;
}

/** Makes, or reads again, a token for every user: the file is the one the API server reads. */
export async function ensureTokens(
  directory: string,
  users: readonly { user: string; groups: string[] }[],
): Promise<Map<string, Identity>> {
  const path = join(directory, 'tokens.csv');
  const known = new Map<string, string>();
  for (const line of (await readFile(path, 'utf8').catch(() => '')).split('\n')) {
    const [token, user] = line.split(',');
    if (token !== undefined && user !== undefined) known.set(user, token);
  }
  const identities = users.map(({ user, groups }) => ({ user, groups, token: known.get(user) ?? randomBytes(24).toString('hex') }));
  const lines = identities.map(({ token, user, groups }) => `${token},${user},${user},"${groups.join(',')}"\n`);
  await writeFile(path, lines.join(''), { mode: 0o600 });
  return new Map(identities.map((identity) => [identity.user, identity]));
}
