/** A primary as one Sentinel sees it. */
export interface SentinelMaster {
  name: string;
  /** as it is announced: an IP or a name */
  host: string;
  port: number;
  quorum: number;
  downAfterMs: number;
  /** absent: it did not say */
  failoverTimeoutMs?: number;
  parallelSyncs?: number;
  /** Sentinels that it knows of beside itself, and replicas, whether they are there or not */
  otherSentinels?: number;
  replicas?: number;
  /** for example `master`, `s_down`, `o_down`, `failover_in_progress` */
  flags: string[];
}

/** The answer to SENTINEL MASTERS: a list of lists of keys and values. */
export function parseMasters(reply: unknown): SentinelMaster[] {
  return records(reply).map((fields) => ({
    name: fields.get('name') ?? '',
    host: fields.get('ip') ?? '',
    port: Number(fields.get('port') ?? 0),
    quorum: Number(fields.get('quorum') ?? 0),
    downAfterMs: Number(fields.get('down-after-milliseconds') ?? 0),
    flags: (fields.get('flags') ?? '').split(','),
    ...numberIn(fields, 'failover-timeout', 'failoverTimeoutMs'),
    ...numberIn(fields, 'parallel-syncs', 'parallelSyncs'),
    ...numberIn(fields, 'num-other-sentinels', 'otherSentinels'),
    ...numberIn(fields, 'num-slaves', 'replicas'),
  }));
}

function numberIn<Name extends keyof SentinelMaster>(fields: Map<string, string>, field: string, name: Name): { [Key in Name]?: number } {
  const text = fields.get(field);
  return text === undefined ? {} : ({ [name]: Number(text) } as { [Key in Name]: number });
}

/** Hosts in the answer to SENTINEL REPLICAS. */
export function parseReplicaHosts(reply: unknown): string[] {
  return records(reply).flatMap((fields) => fields.get('ip') ?? []);
}

function records(reply: unknown): Map<string, string>[] {
  if (!Array.isArray(reply)) throw new Error(`Sentinel answered ${JSON.stringify(reply)}, expected a list`);
  return reply.map((flat: unknown) => {
    if (!Array.isArray(flat)) throw new Error(`Sentinel answered ${JSON.stringify(flat)} in a list, expected keys and values`);
    const texts = flat.map(String);
    return new Map(texts.flatMap((key, i): [string, string][] => (i % 2 === 0 ? [[key, texts[i + 1] ?? '']] : [])));
  });
}
