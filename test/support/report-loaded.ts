// For `node --import`: says on standard error, as the process ends, which packages of OpenTelemetry it has loaded. Its API, which
// does nothing by itself, prom-client loads in any case.
import { registerHooks } from 'node:module';

const loaded = new Set<string>();

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('@opentelemetry/') && specifier !== '@opentelemetry/api') loaded.add(specifier);
    return next(specifier, context);
  },
});

process.on('exit', () => process.stderr.write(`loaded: ${[...loaded].join(' ')}\n`));
