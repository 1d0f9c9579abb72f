import dns from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { type EgressPolicy, refuseAddress, refuseHost } from './egress.ts';

/**
 * Looks a name up and refuses it when any of its addresses is refused. It is the very look-up that a connection is made by: what is
 * judged is what is connected to, whatever the name's owner answers to the next one.
 */
export function guardedLookup(policy: EgressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 4);
      try {
        refuseHost(hostname, policy);
        for (const { address } of addresses) refuseAddress(address, hostname, policy);
      } catch (refusal) {
        return callback(refusal as NodeJS.ErrnoException, '', 4);
      }
      const [first] = addresses;
      if (options.all) return callback(null, addresses);
      return callback(null, first?.address ?? '', first?.family ?? 4);
    });
  };
}

/** Connections of HTTP that go nowhere but where probes may; redirects that are followed included. */
export function guardedAgent(policy: EgressPolicy): Agent {
  const connect = buildConnector({ lookup: guardedLookup(policy) });
  return new Agent({
    connect(options, callback) {
      try {
        refuseHost(bare(options.hostname), policy);
      } catch (refusal) {
        return callback(refusal as Error, null);
      }
      // Once more, of what was connected to: an address needs no look-up.
      return connect(options, (error, socket) => {
        // On an error undici gives no socket at all.
        if (error) return callback(error, null);
        try {
          refusePeer(socket, options.hostname, policy);
        } catch (refusal) {
          socket.destroy();
          return callback(refusal as Error, null);
        }
        return callback(null, socket);
      });
    },
  });
}

function refusePeer({ remoteAddress }: Socket, hostname: string, policy: EgressPolicy): void {
  if (remoteAddress !== undefined && isIP(remoteAddress) !== 0) refuseAddress(remoteAddress, bare(hostname), policy);
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
