import { createServer, type RequestListener, type Server } from 'node:http';

/** Enough for a bearer token with many groups, too little to fill memory with. */
const maxHeaderSize = 16 * 1024;
/** A client that sends its headers, or all of a request, slower than that is cut off: it would hold a connection for nothing. */
const headersTimeout = 10_000;
const requestTimeout = 60_000;
const keepAliveTimeout = 30_000;
/** how often slow clients are looked for */
const connectionsCheckingInterval = 2_000;
const maxConnections = 2_000;

/** A server of HTTP that bounds what one client can take of it. Responses may last: events are streamed for hours. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    { maxHeaderSize, headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval, requireHostHeader: true },
    listener,
  );
  server.maxConnections = maxConnections;
  // No request of a connection is worth more than one of another.
  server.maxRequestsPerSocket = 1_000;
  return server;
}
