import type { RedisInstance } from '../../contracts/plan.ts';

/** The fields of INFO's answer: lines `key:value`, headings `# Section`. */
export function parseInfo(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** What INFO server and replication say of an instance. Throws when they say no role: it is not a redis server. */
export function instanceOf(pod: string, info: Map<string, string>): RedisInstance {
  const role = info.get('role');
  const runId = info.get('run_id') ?? null;
  const clients = info.get('connected_clients');
  const counted = clients === undefined ? {} : { connectedClients: Number(clients) };
  if (role === 'master') {
    return {
      pod,
      role: 'primary',
      runId,
      primaryHost: null,
      linkUp: null,
      connectedReplicas: Number(info.get('connected_slaves') ?? 0),
      ...counted,
    };
  }
  if (role === 'slave') {
    const linkUp = info.get('master_link_status') === 'up';
    return { pod, role: 'replica', runId, primaryHost: info.get('master_host') ?? null, linkUp, connectedReplicas: null, ...counted };
  }
  throw new Error(`INFO says role ${JSON.stringify(role ?? 'none')}, expected master or slave`);
}

export function unreachable(pod: string, error: string): RedisInstance {
  return { pod, role: 'unreachable', runId: null, primaryHost: null, linkUp: null, connectedReplicas: null, error };
}
