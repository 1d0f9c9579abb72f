import type { doctorAreas } from '../commands/clusters.ts';

export type Area = (typeof doctorAreas)[number] | 'configuration';

/** One thing that was looked at. */
export interface Check {
  area: Area;
  /** what it is: `namespace default`, `cluster west` */
  subject: string;
  /** `warning`: something does not work, and need not */
  state: 'ok' | 'warning' | 'failed';
  /** what was seen */
  seen: string;
  /** how it is mended; null: there is nothing to mend */
  mend: string | null;
}

export function ok(area: Area, subject: string, seen: string): Check {
  return { area, subject, state: 'ok', seen, mend: null };
}

export function warning(area: Area, subject: string, seen: string, mend: string): Check {
  return { area, subject, state: 'warning', seen, mend };
}

export function failed(area: Area, subject: string, seen: string, mend: string): Check {
  return { area, subject, state: 'failed', seen, mend };
}
