/**
 * A dashboard without what is drawn: its queries, its variables, and what they are called. A campaign carries no more of it, for it is in a
 * history. What is left reads as the whole does.
 */
export function pruneDashboard(value: unknown): unknown {
  const whole = isRecord(value) && isRecord(value.dashboard) ? value.dashboard : value;
  if (!isRecord(whole)) return whole;
  const templating =
    isRecord(whole.templating) && Array.isArray(whole.templating.list) ? { list: whole.templating.list.map(pruneVariable) } : undefined;
  return without({
    ...pick(whole, ['title', 'uid', 'time']),
    templating,
    panels: Array.isArray(whole.panels) ? whole.panels.map(prunePanel) : whole.panels,
  });
}

function prunePanel(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const defaults = isRecord(value.fieldConfig) && isRecord(value.fieldConfig.defaults) ? value.fieldConfig.defaults : {};
  return without({
    ...pick(value, ['title', 'type', 'datasource', 'libraryPanel']),
    fieldConfig: defaults.noValue === undefined ? undefined : { defaults: pick(defaults, ['noValue']) },
    targets: Array.isArray(value.targets)
      ? value.targets.map((one) => (isRecord(one) ? pick(one, ['expr', 'hide', 'datasource']) : one))
      : undefined,
    panels: Array.isArray(value.panels) ? value.panels.map(prunePanel) : undefined,
  });
}

function pruneVariable(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const kept = pick(value, ['name', 'type', 'query', 'definition', 'current', 'multi', 'includeAll', 'allValue', 'regex']);
  // Options of a query are what it answered once.
  return value.type === 'query' || !Array.isArray(value.options)
    ? kept
    : { ...kept, options: value.options.map((one) => (isRecord(one) ? pick(one, ['value']) : one)) };
}

function pick(from: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return without(Object.fromEntries(keys.map((key) => [key, from[key]])));
}

function without(from: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined && value !== null));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
