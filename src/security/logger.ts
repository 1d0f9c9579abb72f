import { type DestinationStream, type Level, type Logger, pino, stdSerializers } from 'pino';
import { traceFields } from '../tracing/tracing.ts';
import { redact, redacted } from './redact.ts';

export interface LoggerOptions {
  level: Level | 'silent';
  /** in every line */
  base: Record<string, string>;
  /** secrets of the configuration */
  secrets: readonly (string | null | undefined)[];
  /** absent: standard output */
  destination?: DestinationStream;
}

/** Where secrets are by their names. */
const paths = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey', 'key'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** A log without secrets: by the names of what is logged, and by what the finished line looks like, whatever it came from. */
export function createLogger({ level, base, secrets, destination }: LoggerOptions): Logger {
  // As JSON writes them.
  const known = secrets.filter((secret) => typeof secret === 'string').map((secret) => JSON.stringify(secret).slice(1, -1));
  const options = {
    level,
    base,
    redact: { paths, censor: redacted },
    // Temporal names errors so; of an Error's own, JSON has nothing.
    serializers: { error: stdSerializers.err },
    mixin: traceFields,
    hooks: { streamWrite: (line: string) => redact(line, known) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
