import { formatDuration } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import type { FaultDeclaration } from '../definition.ts';
import { readList } from '../redirect/read-collection.ts';

/** What the faults of HTTP have in common. */
export function httpDeclaration(
  own: Pick<FaultDeclaration, 'name' | 'summary' | 'notes' | 'parameters' | 'litmus' | 'example'> & {
    /** what of requests and responses it alone may change: `delay` */
    changes: (parameters: Parameters) => string[];
    /** what is done to such requests: `hold the responses to ${requests} by 2s` */
    does: (parameters: Parameters, requests: string) => string;
  },
): FaultDeclaration {
  const { does, changes, notes, ...declared } = own;
  return {
    ...declared,
    family: 'http',
    aliases: [],
    notes: [notes, sharedNotes].filter((part) => part !== '').join('\n\n'),
    targets: 'pods',
    defaultDurationMs: 60_000,
    holds: true,
    needsContainer: false,
    roles: ['redis-primary', 'redis-replica'],
    permissions: carrierPermissions,
    needs: 'nftables with redirection and owned tables (Linux 5.12); an app that speaks HTTP/1, without TLS',
    exclusive: (parameters) => changes(parameters).map((what) => `http-${what}:${String(parameters.port)}`),
    describeInject: ({ parameters, durationMs, targets }) =>
      `${does(parameters, describeRequests(parameters))} to port ${String(parameters.port)} of ${targets.join(', ')} for ${formatDuration(durationMs)}`,
    describeUndo: ({ parameters, targets }) =>
      `take the redirect of port ${String(parameters.port)} of ${targets.join(', ')} away and see that no rule of it is left`,
  };
}

function describeRequests(parameters: Parameters): string {
  const share = parameters.percent === 100 ? '' : `${String(parameters.percent)} % of the `;
  const methods = readList(parameters, 'methods');
  const path = parameters.path === undefined ? '' : ` for ${String(parameters.path)}`;
  return `${share}${methods.length === 0 ? '' : `${methods.join(', ')} `}requests${path}`;
}

/** The fields of the agent's request that say which requests are meant. */
export function requestFields(parameters: Parameters): { kind: string } & Record<string, unknown> {
  const methods = readList(parameters, 'methods');
  return {
    kind: 'http',
    port: parameters.port,
    sharePercent: parameters.percent,
    ...(methods.length === 0 ? {} : { methods }),
    ...(parameters.path === undefined ? {} : { path: parameters.path }),
  };
}

/** The fields that say with which body the app's is replaced. */
export function bodyFields({ body, contentType, contentEncoding }: Parameters): Record<string, unknown> {
  return { modifyBody: true, contentType, contentEncoding, ...(body === undefined ? {} : { body }) };
}

const sharedNotes = `Connections that come to the port from outside the pod go by a proxy in the agent. Those that were open before are reset at
their next packet, so that clients that keep connections are under the fault at once. What the fault is not about passes byte by byte:
streams, uploads, WebSockets.

The app sees the pod's own address as the client's while the fault holds. What is not HTTP/1, such as TLS and HTTP/2, cannot be read and
passes unchanged; the read-back counts it. A service mesh's sidecar in the pod is passed by: what comes goes to the app directly. When
the fault ends, responses under way have 2 s before their connections are closed.

Faults of different kinds on one port add up: a request that several are about has all of them.`;
