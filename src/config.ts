import { existsSync, readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { parseDuration } from './campaign/units.ts';
import { errorMessage } from './error-message.ts';
import { type ClusterConfig, isClusterName, readClustersFile } from './kubernetes/clusters-file.ts';
import { nearest } from './nearest.ts';
import { readReceivers } from './notifications/file.ts';
import type { Receiver } from './notifications/receiver.ts';
import { openPolicy, readPolicyFile, type ServicePolicy } from './policy/policy-file.ts';
import { readTracing, type TracingConfig } from './tracing/tracing-config.ts';
import type { WorkerLimits } from './worker/worker-limits.ts';

/** What the environment says. docs/configuration.md lists every variable. */
export interface Config {
  temporal: TemporalConfig;
  api: {
    host: string;
    port: number;
    /** the bearer key clients must present; null: none is asked for, and the host is a loopback address */
    key: string | null;
    /** path of the file that says who may call, and what each may do where; null: there is none */
    authFile: string | null;
    /** of one caller; null: as many as it likes */
    requestsPerMinute: number | null;
  };
  /** by the names campaigns use; `default` alone, by the current context or the pod's service account, where none is configured */
  clusters: Record<string, ClusterConfig>;
  /** whether clusters are configured: where none is, nothing can be said of the names in a campaign */
  clustersConfigured: boolean;
  /** what the service allows on each cluster */
  policy: ServicePolicy;
  prometheusUrl: string | null;
  agentImage: string;
  /** how probes reach pods */
  reach: 'auto' | 'direct' | 'port-forward';
  workerMetrics: { host: string; port: number };
  /** the cluster that has workers of its own, of which this is one; null: this serves all others */
  workerCluster: string | null;
  /** the version of the code, by which Temporal has runs end with what they began with; null: workers have none */
  workerVersion: { deploymentName: string; buildId: string } | null;
  /** how much a worker does at once */
  workerLimits: WorkerLimits;
  /** how often the janitor sweeps */
  janitorIntervalMs: number;
  /** who is told of runs */
  receivers: readonly Receiver[];
  /** how often the workloads whose rollouts start saved campaigns are looked at */
  rolloutIntervalMs: number;
  /** base URL of Temporal's Web UI; null: not known */
  uiUrl: string | null;
  /** base URL of the Grafana that has squall's dashboards, for links; null: not known */
  grafanaUrl: string | null;
  logLevel: (typeof logLevels)[number];
  /** null: nothing is traced */
  tracing: TracingConfig | null;
}

export interface TemporalConfig {
  namespace: string;
  /** path of the file with the keys that encrypt what Temporal keeps; null: nothing is encrypted */
  codecKeysFile: string | null;
  /** for `Connection.connect` and `NativeConnection.connect` alike */
  connection: { address: string } & Pick<ClientConnectConfig['connectionOptions'], 'tls' | 'apiKey' | 'metadata'>;
}

export interface ConfigProblem {
  variable: string;
  found: string;
  expected: string;
}

/** Everything wrong with the environment, at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: ConfigProblem[];

  constructor(problems: ConfigProblem[]) {
    const lines = problems.map((problem) => `  ${problem.variable}: found ${problem.found}, expected ${problem.expected}`);
    super(`The environment does not configure squall:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function port(fallback: number) {
  const error = 'a port number, 1 to 65535';
  return z
    .string()
    .default(String(fallback))
    .refine((text) => /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535, { error })
    .transform(Number);
}

function host(fallback: string) {
  const error = 'an IP address or a host name, without scheme or port';
  return z
    .string()
    .default(fallback)
    .refine((text) => isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text), { error });
}

function interval(minMs: number) {
  return z.string().transform((text, context): number => {
    const parsed = parseDuration(text, { minMs, maxMs: 3_600_000 });
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.expected });
    return z.NEVER;
  });
}

function whole(least: number, most: number, of: string) {
  return z
    .string()
    .refine((text) => /^[0-9]{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `a number of ${of}, ${least} to ${most}`,
    })
    .transform(Number);
}

const url = z.url({ protocol: /^https?$/, error: 'an http or https URL' }).transform((text) => text.replace(/\/+$/, ''));

const rateLimit = z
  .string()
  .regex(/^[0-9]{1,6}$/, { error: 'a number of requests in a minute, 0 for any' })
  .transform(Number);

const keyText = z.string().min(16, { error: 'a key of at least 16 characters' });

const keyFile = z.string().transform((path, context) => {
  try {
    const key = keyText.safeParse(readFileSync(path, 'utf8').trim());
    if (key.success) return key.data;
    context.addIssue({ code: 'custom', message: 'a file that holds a key of at least 16 characters' });
  } catch (error) {
    context.addIssue({ code: 'custom', message: `a readable file (${errorMessage(error)})` });
  }
  return z.NEVER;
});

const clusterMap = z.record(z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/), z.string().min(1));

const clusters = z.string().transform((text, context): Record<string, string> => {
  const map = clusterMap.safeParse(text.trimStart().startsWith('{') ? parseJson(text) : parsePairs(text));
  if (map.success) return map.data;
  const message = 'name=context pairs joined by commas, or a JSON object of contexts by name; names of [a-z0-9-], each once';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined when a pair is malformed or a name is given twice. A context may contain `=`. */
function parsePairs(text: string): Record<string, string> | undefined {
  const pairs = text.split(',').map((pair): [string, string] => {
    const [name = '', ...context] = pair.split('=');
    return [name.trim(), context.join('=').trim()];
  });
  return new Set(pairs.map(([name]) => name)).size === pairs.length ? Object.fromEntries(pairs) : undefined;
}

const receiversFile = z.string().transform((path, context): Receiver[] => {
  const read = readReceivers(path);
  if (read.ok) return read.receivers;
  for (const { place, found, expected } of read.problems)
    context.addIssue({ code: 'custom', message: `${expected} (${place}: found ${found})` });
  return z.NEVER;
});

const versionPart = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_+-]{0,127}$/, { error: 'letters, digits, dashes, underscores and +' });

const variables = {
  SQUALL_API_HOST: host('127.0.0.1'),
  SQUALL_API_PORT: port(7400),
  SQUALL_API_KEY: keyText.optional(),
  SQUALL_API_KEY_FILE: keyFile.optional(),
  SQUALL_AUTH_FILE: z.string().optional(),
  SQUALL_API_RATE_LIMIT: rateLimit.default(1_200),
  SQUALL_CODEC_KEYS_FILE: z.string().optional(),
  SQUALL_CLUSTERS: clusters.optional(),
  SQUALL_CLUSTERS_FILE: z.string().optional(),
  SQUALL_POLICY_FILE: z.string().optional(),
  SQUALL_NOTIFICATIONS_FILE: receiversFile.optional(),
  SQUALL_PROMETHEUS_URL: url.optional(),
  SQUALL_AGENT_IMAGE: z.string().regex(/^\S+$/, { error: 'an image reference' }).default(`squall-agent:${packageJson.version}`),
  SQUALL_REACH: z.enum(['auto', 'direct', 'port-forward'], { error: 'one of auto, direct, port-forward' }).default('auto'),
  SQUALL_WORKER_METRICS_HOST: host('127.0.0.1'),
  SQUALL_WORKER_METRICS_PORT: port(7401),
  SQUALL_WORKER_CLUSTER: z.string().optional(),
  SQUALL_WORKER_DEPLOYMENT: versionPart.optional(),
  SQUALL_WORKER_BUILD_ID: versionPart.optional(),
  SQUALL_WORKER_ACTIVITIES: whole(10, 10_000, 'activities at once').default(100),
  SQUALL_WORKER_OBSERVATIONS: whole(10, 10_000, 'observations at once').default(500),
  SQUALL_WORKER_CACHED_WORKFLOWS: whole(10, 10_000, 'workflows in memory').default(128),
  SQUALL_JANITOR_INTERVAL: interval(5_000).default(30_000),
  SQUALL_ROLLOUT_INTERVAL: interval(1_000).default(5_000),
  SQUALL_UI_URL: url.optional(),
  SQUALL_GRAFANA_URL: url.optional(),
  SQUALL_LOG_LEVEL: z.enum(logLevels, { error: `one of ${logLevels.join(', ')}` }).default('info'),
};

const schema = z
  .strictObject(variables)
  // `when` keeps the checks across variables running beside errors of single variables
  .refine((env) => env.SQUALL_CLUSTERS === undefined || env.SQUALL_CLUSTERS_FILE === undefined, {
    path: ['SQUALL_CLUSTERS_FILE'],
    error: 'only one of SQUALL_CLUSTERS and SQUALL_CLUSTERS_FILE',
    when: () => true,
  })
  .refine((env) => env.SQUALL_API_KEY === undefined || env.SQUALL_API_KEY_FILE === undefined, {
    path: ['SQUALL_API_KEY_FILE'],
    error: 'only one of SQUALL_API_KEY and SQUALL_API_KEY_FILE',
    when: () => true,
  })
  .refine((env) => (env.SQUALL_WORKER_DEPLOYMENT === undefined) === (env.SQUALL_WORKER_BUILD_ID === undefined), {
    path: ['SQUALL_WORKER_BUILD_ID'],
    error: 'both of SQUALL_WORKER_DEPLOYMENT and SQUALL_WORKER_BUILD_ID, or neither',
    when: () => true,
  })
  .refine((env) => env.SQUALL_WORKER_CLUSTER === undefined || env.SQUALL_WORKER_DEPLOYMENT === undefined, {
    path: ['SQUALL_WORKER_DEPLOYMENT'],
    error: 'nothing beside SQUALL_WORKER_CLUSTER: who runs no workflows needs no version',
    when: () => true,
  })
  .refine((env) => isAuthenticating(env) || isLoopback(env.SQUALL_API_HOST), {
    path: ['SQUALL_API_HOST'],
    error:
      'a loopback address, or a key in SQUALL_API_KEY, SQUALL_API_KEY_FILE or SQUALL_AUTH_FILE: without one anyone who reaches the port can break clusters',
    when: () => true,
  });

function isAuthenticating(env: { SQUALL_API_KEY?: unknown; SQUALL_API_KEY_FILE?: unknown; SQUALL_AUTH_FILE?: unknown }): boolean {
  return env.SQUALL_API_KEY !== undefined || env.SQUALL_API_KEY_FILE !== undefined || env.SQUALL_AUTH_FILE !== undefined;
}

/** Variables of the test suite, the lab and those who call the API; they configure no part of the service. */
const foreign = /^SQUALL_((TEST|LAB)(_|$)|API_(URL|TOKEN|TOKEN_FILE)$)/;
const secret = new Set(['SQUALL_API_KEY']);

/**
 * Reads the configuration. An empty variable counts as absent.
 *
 * @throws ConfigError with every problem at once
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const present = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
  const given = Object.fromEntries(present);
  const parsed = schema.safeParse(Object.fromEntries(present.filter(([name]) => name.startsWith('SQUALL_') && !foreign.test(name))));
  const problems = parsed.success ? [] : parsed.error.issues.flatMap((issue) => problemsOf(issue, given));
  const temporal = readTemporal(given, problems);
  const tracing = readTracing(given, problems);
  const all = parsed.success ? readClusters(parsed.data, problems) : undefined;
  const configured = forWorker(given.SQUALL_WORKER_CLUSTER, all, problems);
  // Which clusters a policy may speak of is known when the rest is right.
  const policy = configured && readPolicy(given.SQUALL_POLICY_FILE, Object.keys({ ...all, ...configured }), problems);
  if (!parsed.success || temporal === undefined || configured === undefined || policy === undefined || problems.length > 0)
    throw new ConfigError(problems);
  const settings = parsed.data;
  return {
    temporal,
    api: {
      host: settings.SQUALL_API_HOST,
      port: settings.SQUALL_API_PORT,
      key: settings.SQUALL_API_KEY ?? settings.SQUALL_API_KEY_FILE ?? null,
      authFile: settings.SQUALL_AUTH_FILE ?? null,
      requestsPerMinute: settings.SQUALL_API_RATE_LIMIT === 0 ? null : settings.SQUALL_API_RATE_LIMIT,
    },
    clusters: configured,
    clustersConfigured: settings.SQUALL_CLUSTERS !== undefined || settings.SQUALL_CLUSTERS_FILE !== undefined,
    policy,
    prometheusUrl: settings.SQUALL_PROMETHEUS_URL ?? null,
    agentImage: settings.SQUALL_AGENT_IMAGE,
    reach: settings.SQUALL_REACH,
    workerMetrics: { host: settings.SQUALL_WORKER_METRICS_HOST, port: settings.SQUALL_WORKER_METRICS_PORT },
    workerCluster: settings.SQUALL_WORKER_CLUSTER ?? null,
    workerVersion:
      settings.SQUALL_WORKER_DEPLOYMENT === undefined || settings.SQUALL_WORKER_BUILD_ID === undefined
        ? null
        : { deploymentName: settings.SQUALL_WORKER_DEPLOYMENT, buildId: settings.SQUALL_WORKER_BUILD_ID },
    workerLimits: {
      activities: settings.SQUALL_WORKER_ACTIVITIES,
      observations: settings.SQUALL_WORKER_OBSERVATIONS,
      cachedWorkflows: settings.SQUALL_WORKER_CACHED_WORKFLOWS,
    },
    janitorIntervalMs: settings.SQUALL_JANITOR_INTERVAL,
    rolloutIntervalMs: settings.SQUALL_ROLLOUT_INTERVAL,
    receivers: settings.SQUALL_NOTIFICATIONS_FILE ?? [],
    uiUrl: settings.SQUALL_UI_URL ?? uiOf(temporal.connection.address),
    grafanaUrl: settings.SQUALL_GRAFANA_URL ?? null,
    logLevel: settings.SQUALL_LOG_LEVEL,
    tracing,
  };
}

/** The clusters that have workers of their own. */
export function clustersWithOwnWorkers({ clusters }: Pick<Config, 'clusters'>): string[] {
  return Object.entries(clusters).flatMap(([name, { ownWorkers }]) => (ownWorkers ? [name] : []));
}

/** What holds for a cluster: its own, and else what is configured for all. */
export function clusterSettings({ clusters, agentImage, reach, prometheusUrl }: Config, cluster: string) {
  const own = clusters[cluster];
  return {
    agentImage: own?.agentImage ?? agentImage,
    reach: own?.reach ?? reach,
    prometheusUrl: own?.prometheusUrl ?? prometheusUrl,
  };
}

/** Undefined: the file has mistakes. */
function readClusters(
  { SQUALL_CLUSTERS: contexts, SQUALL_CLUSTERS_FILE: path }: Partial<z.output<typeof schema>>,
  problems: ConfigProblem[],
): Record<string, ClusterConfig> | undefined {
  if (path === undefined) {
    if (contexts === undefined) return { default: { source: {} } };
    return Object.fromEntries(Object.entries(contexts).map(([name, context]) => [name, { source: { context } }]));
  }
  const read = readClustersFile(path);
  if (read.ok) return read.clusters;
  for (const { place, found, expected } of read.problems) problems.push({ variable: `SQUALL_CLUSTERS_FILE ${place}`, found, expected });
  return undefined;
}

/**
 * Of a cluster's own worker, that cluster alone: it finds it as kubectl would where no way to it is written. It needs not be configured
 * where none is.
 */
function forWorker(
  cluster: string | undefined,
  clusters: Record<string, ClusterConfig> | undefined,
  problems: ConfigProblem[],
): Record<string, ClusterConfig> | undefined {
  if (cluster === undefined || clusters === undefined) return clusters;
  const own = Object.hasOwn(clusters, cluster) ? clusters[cluster] : undefined;
  const noneConfigured = Object.keys(clusters).join() === 'default' && clusters.default?.ownWorkers === undefined;
  if (own?.ownWorkers) return { [cluster]: { ...own, source: own.source ?? {} } };
  if (own === undefined && noneConfigured && isClusterName(cluster)) return { [cluster]: { source: {}, ownWorkers: true } };
  const expected = `a cluster that SQUALL_CLUSTERS_FILE has with workers: own (${clustersWithOwnWorkers({ clusters }).join(', ') || 'there is none'})`;
  problems.push({ variable: 'SQUALL_WORKER_CLUSTER', found: JSON.stringify(cluster), expected });
  return undefined;
}

/** What the configuration holds that no log may show. */
export function secretsOf({ api, temporal: { connection } }: Config): string[] {
  const { apiKey, metadata = {} } = connection;
  const headers = Object.entries(metadata).filter(([name]) => /authorization|key|token|secret/i.test(name));
  const found: unknown[] = [api.key, apiKey, ...headers.map(([, value]) => value)];
  return found.filter((secret) => typeof secret === 'string');
}

/** In a pod, the namespace it runs in. */
const ownNamespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

function readPolicy(path: string | undefined, clusters: string[], problems: ConfigProblem[]): ServicePolicy | undefined {
  const own = existsSync(ownNamespaceFile) ? { ownNamespace: readFileSync(ownNamespaceFile, 'utf8').trim() } : {};
  if (path === undefined) return openPolicy(own.ownNamespace);
  const read = readPolicyFile(path, { clusters, ...own });
  if (read.ok) return read.policy;
  for (const { place, found, expected } of read.problems) problems.push({ variable: `SQUALL_POLICY_FILE ${place}`, found, expected });
  return undefined;
}

function readTemporal(env: Record<string, string>, problems: ConfigProblem[]): TemporalConfig | undefined {
  try {
    const { namespace, connectionOptions } = loadClientConnectConfig({ overrideEnvVars: env });
    const { address, tls, apiKey, metadata } = connectionOptions;
    return {
      namespace: namespace ?? 'default',
      codecKeysFile: env.SQUALL_CODEC_KEYS_FILE ?? null,
      connection: {
        address: address ?? '127.0.0.1:7233',
        ...(tls !== undefined && { tls }),
        ...(apiKey !== undefined && { apiKey }),
        ...(metadata !== undefined && { metadata }),
      },
    };
  } catch (error) {
    problems.push({
      variable: 'TEMPORAL_*',
      found: errorMessage(error),
      expected: "values and files as Temporal's own tools read them",
    });
    return undefined;
  }
}

/** Temporal's development server serves its Web UI on the port 1000 above its own; of any other server nothing is known. */
function uiOf(address: string): string | null {
  const [, hostname = '', portText = ''] = /^(.*):([0-9]+)$/.exec(address) ?? [];
  return isLoopback(hostname.replace(/^\[|\]$/g, '')) && portText === '7233' ? 'http://127.0.0.1:8233' : null;
}

function problemsOf(issue: z.core.$ZodIssue, given: Record<string, string>): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((variable) => {
      const suggestion = nearest(variable, Object.keys(variables));
      const expected = suggestion === undefined ? 'a variable that docs/configuration.md lists' : `${suggestion}`;
      return { variable, found: 'a variable squall does not know', expected };
    });
  }
  const variable = String(issue.path[0]);
  const value = given[variable];
  const found = value === undefined ? 'nothing' : secret.has(variable) ? `${value.length} characters` : JSON.stringify(value);
  return [{ variable, found, expected: issue.message }];
}
