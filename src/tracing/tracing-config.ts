/** How traces are recorded and where they are sent, by the variables OpenTelemetry has for it. */
export interface TracingConfig {
  protocol: 'http/protobuf' | 'http/json';
  sampler: SamplerName;
  /** of the samplers that keep a share */
  ratio: number;
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

const protocols = ['http/protobuf', 'http/json'] as const;

/** Undefined in place of a value that is not one of them. */
function oneOf<const T extends string>(values: readonly T[], text: string): T | undefined {
  return values.find((value) => value === text);
}

/**
 * Null: traces are not asked for. The exporter itself reads where to, with which headers and certificates (`OTEL_EXPORTER_OTLP_*`).
 *
 * @param problems is given what is wrong
 */
export function readTracing(
  env: Record<string, string>,
  problems: { variable: string; found: string; expected: string }[],
): TracingConfig | null {
  const exporter = env.OTEL_TRACES_EXPORTER ?? 'otlp';
  const isAsked = [env.OTEL_TRACES_EXPORTER, env.OTEL_EXPORTER_OTLP_ENDPOINT, env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT].some(
    (value) => value !== undefined,
  );
  if (!isAsked || exporter === 'none' || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return null;
  const wrong = (variable: string, expected: string) => problems.push({ variable, found: JSON.stringify(env[variable]), expected });
  if (exporter !== 'otlp') wrong('OTEL_TRACES_EXPORTER', 'otlp or none');
  const own = 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
  const variable = env[own] === undefined ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : own;
  const protocol = oneOf(protocols, env[variable] ?? 'http/protobuf');
  if (protocol === undefined) wrong(variable, protocols.join(' or '));
  const sampler = oneOf(samplers, env.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on');
  if (sampler === undefined) wrong('OTEL_TRACES_SAMPLER', `one of ${samplers.join(', ')}`);
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1);
  if (!(ratio >= 0 && ratio <= 1)) wrong('OTEL_TRACES_SAMPLER_ARG', 'a share, 0 to 1');
  return protocol === undefined || sampler === undefined ? null : { protocol, sampler, ratio };
}
