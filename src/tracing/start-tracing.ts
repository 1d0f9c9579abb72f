import type { Logger } from 'pino';
import packageJson from '../../package.json' with { type: 'json' };
import { useTracing } from './tracing.ts';
import type { TracingConfig } from './tracing-config.ts';

/**
 * Turns tracing on for this process when it is configured. Its packages are loaded then, and only then. Disposing it sends what is
 * not sent yet.
 */
export async function startTracing(
  service: string,
  config: TracingConfig | null,
  { secrets, log }: { secrets: readonly string[]; log: Logger },
): Promise<AsyncDisposable> {
  if (config === null) return { async [Symbol.asyncDispose]() {} };
  const { openTelemetry } = await import('./open-telemetry.ts');
  const tracing = await openTelemetry({ service, version: packageJson.version, config, secrets, log });
  useTracing(tracing);
  return {
    [Symbol.asyncDispose]: async () => {
      useTracing(undefined);
      await tracing.close();
    },
  };
}
