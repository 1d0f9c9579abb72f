import { round } from './layout.ts';

/** Colours are those of the page, which has them for light and dark. */
export const colors = {
  text: 'var(--text)',
  quiet: 'var(--quiet)',
  line: 'var(--line)',
  good: 'var(--good)',
  bad: 'var(--bad)',
  warn: 'var(--warn)',
  link: 'var(--link)',
  fault: 'var(--fault)',
  onFault: 'var(--on-fault)',
  shade: 'var(--fault-shade)',
  raised: 'var(--raised)',
} as const;

/** What `graphic` of echarts takes; told here as far as it is used. */
export type Shape =
  | { type: 'rect'; shape: { x: number; y: number; width: number; height: number; r?: number }; style: Style; z?: number; silent: true }
  | { type: 'marks'; shape: { parts: readonly Part[] }; style: Style; z?: number; silent: true }
  | { type: 'text'; style: Style & { text: string; x: number; y: number }; z?: number; silent: true };

/** Of a path: a line through points, or a dot. */
export type Part = { points: readonly (readonly [x: number, y: number])[]; closed?: true } | { dot: readonly [x: number, y: number] };

export interface Style {
  fill?: string;
  stroke?: string;
  lineWidth?: number;
  lineDash?: number[];
  fontSize?: number;
  fontWeight?: number;
  textAlign?: 'left' | 'right' | 'center';
  textVerticalAlign?: 'middle' | 'top';
  [key: string]: unknown;
}

export function rect(x: number, y: number, width: number, height: number, style: Style, z = 1): Shape {
  return { type: 'rect', shape: { x, y, width: round(width), height }, style, z, silent: true };
}

/** Many marks as one path: a page with thousands of them stays small. Nothing when there are none. */
export function path(parts: readonly Part[], style: Style, z = 2): Shape[] {
  return parts.length === 0 ? [] : [{ type: 'marks', shape: { parts }, style: { fill: 'none', ...style }, z, silent: true }];
}

export function label(text: string, x: number, y: number, style: Style = {}): Shape {
  return {
    type: 'text',
    style: { text, x, y, fill: colors.text, fontSize: 12, textAlign: 'left', textVerticalAlign: 'middle', ...style },
    z: 3,
    silent: true,
  };
}

/** A lane's name, left of the axis of time. */
export function laneName(text: string, y: number): Shape {
  return label(cut(text, 28), 8, y);
}

/** About as many letters of 12 px as fit. */
export function cut(text: string, letters: number): string {
  return text.length <= letters ? text : letters < 2 ? '' : `${text.slice(0, letters - 1)}…`;
}

export const marks = {
  dot: (x: number, y: number): Part[] => [{ dot: [x, y] }],
  cross: (x: number, y: number): Part[] => [line([x - 4, y - 4], [x + 4, y + 4]), line([x + 4, y - 4], [x - 4, y + 4])],
  diamond: (x: number, y: number): Part[] => [{ ...line([x, y - 5], [x + 5, y], [x, y + 5], [x - 5, y]), closed: true }],
  triangle: (x: number, y: number): Part[] => [{ ...line([x, y - 5], [x + 5, y + 4], [x - 5, y + 4]), closed: true }],
  tick: (x: number, top: number, bottom: number): Part[] => [line([x, top], [x, bottom])],
  rule: (from: number, to: number, y: number): Part[] => [line([from, y], [to, y])],
};

function line(...points: (readonly [x: number, y: number])[]): { points: (readonly [x: number, y: number])[] } {
  return { points };
}
