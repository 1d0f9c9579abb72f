import type { Tolerance } from '../contracts/campaign.ts';

/** A number as a person reads it: at most two decimals, `–` when there is none. */
export function formatNumber(value: number | null): string {
  return value === null ? '–' : String(Math.round(value * 100) / 100);
}

/** Cut off after two decimals, not rounded: 99.998 must not read as 100 when the tolerance is 100. */
export function formatPercent(value: number | null): string {
  return value === null ? '–' : `${Math.floor(value * 100) / 100}%`;
}

/** `820 ms`, `4.2 s`, `3 min 12 s`. */
export function formatDuration(milliseconds: number): string {
  if (Math.abs(milliseconds) < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (Math.abs(seconds) < 60) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  const rest = whole % 60;
  return rest === 0 ? `${whole / 60} min` : `${Math.trunc(whole / 60)} min ${Math.abs(rest)} s`;
}

/** `812 B`, `41.3 KiB`, `1.2 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round((bytes / 1024) * 10) / 10} KiB`;
  return `${Math.round((bytes / 1024 / 1024) * 10) / 10} MiB`;
}

/** `<= 1000 ms in 95%`, `succeeds in 100%`; `informational` without a tolerance. */
export function formatTolerance(tolerance: Tolerance | null, unit: string): string {
  if (tolerance === null) return 'informational';
  return `${formatCondition(tolerance, unit)} in ${formatPercent(tolerance.successPercent)}`;
}

/** What one sample has to satisfy: `<= 1000 ms`, `succeeds`. */
export function formatCondition(tolerance: Tolerance, unit: string): string {
  if (tolerance.value === undefined) return tolerance.comparator;
  return `${tolerance.comparator} ${formatValue(tolerance.value, unit)}`;
}

/** A number with its unit, where it has one to show: `38.2 s`, `3`. */
export function formatValue(value: number, unit: string): string {
  return `${formatNumber(value)}${showsUnit(unit) ? ` ${unit}` : ''}`;
}

/** A plain number has the unit `none`, and what only succeeds or not has an empty one. */
export function showsUnit(unit: string): boolean {
  return unit !== '' && unit !== 'none';
}

/** `1 sample`, `3 samples`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
