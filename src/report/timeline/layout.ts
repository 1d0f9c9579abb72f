import type { Timeline } from './timeline.ts';

/** Sizes of the drawing, in CSS pixels. */
export const size = {
  width: 1_072,
  /** where the axis of time begins and ends */
  left: 190,
  right: 1_052,
  heading: 24,
  row: 20,
  gap: 10,
  axis: 26,
} as const;

/** A strip of the drawing, under a heading of its own. `top` and `height` are of what is below the heading. */
export interface Panel {
  heading: string;
  top: number;
  height: number;
}

/** Where an instant is, from the left. */
export function xOf({ from, to }: Pick<Timeline, 'from' | 'to'>): (at: number) => number {
  return (at) => round(size.left + ((Math.min(Math.max(at, from), to) - from) / (to - from)) * (size.right - size.left));
}

/** Stacks panels from the top down. */
export class Stack {
  /** the axis of time is written above all panels, too */
  bottom: number = size.axis;

  add(heading: string, height: number): Panel {
    const top = this.bottom + size.heading;
    this.bottom = top + height + size.gap;
    return { heading, top, height };
  }
}

export function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
