import { type Panel, size } from './layout.ts';
import type { SampleMark } from './sample-lanes.ts';
import { colors, cut, label, laneName, marks, path, rect, type Shape } from './shapes.ts';
import type { Timeline } from './timeline.ts';

type X = (at: number) => number;
const letterWidth = 6.6;
const middle = size.row / 2;

/** Each fault a band from its injection to its undo, with its planned end, its proof and its recovery. */
export function faultShapes({ faults, to: end }: Timeline, { top }: Panel, x: X): Shape[] {
  const alone = new Set(faults.map(({ row }) => row)).size === faults.length;
  return faults.flatMap((band): Shape[] => {
    const y = top + band.row * size.row;
    const from = x(band.from);
    const to = x(band.to ?? end);
    const width = Math.max(3, to - from);
    const text = cut(alone ? band.fault : `${band.number}. ${band.experiment}`, Math.floor((width - 12) / letterWidth));
    return [
      ...(alone ? [laneName(`${band.number}. ${band.experiment}`, y + middle)] : []),
      // Steady state was not back yet.
      ...(band.recoveredAt === null
        ? []
        : path(
            [
              ...marks.rule(from, x(band.recoveredAt), y + size.row - 2),
              ...marks.tick(x(band.recoveredAt), y + size.row - 6, y + size.row),
            ],
            { stroke: colors.warn, lineWidth: 2 },
          )),
      ...(band.holds
        ? [
            rect(from, y + 2, width, size.row - 6, {
              fill: colors.fault,
              ...(band.to === null && { stroke: colors.bad, lineDash: [4, 3] }),
            }),
          ]
        : [
            rect(from, y + 2, width, size.row - 6, { fill: colors.raised, stroke: colors.fault, lineWidth: 1 }),
            rect(from, y + 2, 4, size.row - 6, { fill: colors.fault }),
          ]),
      ...(text === ''
        ? []
        : [label(text, from + (band.holds ? 4 : 8), y + middle - 1, { fill: band.holds ? colors.onFault : colors.text, fontSize: 11 })]),
      ...(band.plannedEnd === null
        ? []
        : path(marks.tick(x(band.plannedEnd), y - 1, y + size.row - 2), { stroke: colors.text, lineWidth: 1.5, lineDash: [3, 2] })),
      ...path(
        band.again.flatMap((at) => marks.tick(x(at), y + 2, y + 9)),
        { stroke: band.holds ? colors.onFault : colors.fault, lineWidth: 1.5 },
      ),
      ...(band.confirmedAt === null
        ? []
        : path(marks.diamond(x(band.confirmedAt), y + middle - 1), { stroke: colors.good, lineWidth: 1.5 })),
    ];
  });
}

/** Who led: a band each; dashed where it was not seen throughout, an outline where nobody did. */
export function leaderShapes({ leaders }: Timeline, { top }: Panel, x: X): Shape[] {
  return leaders.flatMap(({ from, to, leader, certain }, index): Shape[] => {
    const left = x(from);
    const width = x(to) - left;
    if (width < 1) return [];
    const next = leaders[index + 1]?.leader ?? null;
    const text = leader === null ? 'nobody' : certain || next === null || next === leader ? leader : `${leader}, later ${next}`;
    return [
      rect(left, top + 2, width, size.row - 4, {
        fill: leader === null ? 'none' : colors.raised,
        stroke: leader === null ? colors.bad : colors.quiet,
        lineWidth: 1,
        ...((!certain || leader === null) && { lineDash: [4, 3] }),
      }),
      label(cut(text, Math.floor((width - 8) / letterWidth)), left + 4, top + middle, { fontSize: 11 }),
    ];
  });
}

/** What only the end of a fault could tell, in words, ending or beginning where it ended. */
export function outcomeShapes({ outcomes }: Timeline, { top }: Panel, x: X): Shape[] {
  return outcomes.slice(0, mostOutcomes).flatMap(({ at, text }, index): Shape[] => {
    const y = top + index * size.row + middle;
    const left = x(at);
    const before = left > (size.left + size.right) / 2;
    const room = before ? left : size.width - left;
    return [
      ...path(marks.diamond(left, y), { fill: colors.warn }),
      label(cut(text, Math.floor((room - 12) / letterWidth)), before ? left - 9 : left + 9, y, {
        fontSize: 11,
        textAlign: before ? 'right' : 'left',
      }),
    ];
  });
}

export const mostOutcomes = 5;

/** Every sample of every probe. Where several fall on one place, the worst of them is drawn. */
export function sampleShapes({ lanes }: Timeline, { top }: Panel, x: X): Shape[] {
  return lanes.flatMap(({ probe, judged, samples }, row): Shape[] => {
    const y = top + row * size.row + middle;
    const places = new Map<number, SampleMark>();
    for (const { at, mark } of samples) {
      const place = Math.round(x(at) / 4) * 4;
      const known = places.get(place);
      if (known === undefined || badness[mark] > badness[known]) places.set(place, mark);
    }
    const having = (mark: SampleMark) => [...places].filter(([, one]) => one === mark).map(([place]) => place);
    const fine = judged ? colors.good : colors.quiet;
    return [
      laneName(probe, y),
      ...path(
        having('passed').flatMap((place) => marks.dot(place, y)),
        { fill: fine },
      ),
      ...path(
        having('outside').flatMap((place) => marks.cross(place, y)),
        { stroke: colors.bad, lineWidth: 1.5 },
      ),
      ...path(
        having('unanswered').flatMap((place) => marks.diamond(place, y)),
        { stroke: colors.bad, lineWidth: 1.5, fill: 'none' },
      ),
    ];
  });
}

const badness: Record<SampleMark, number> = { passed: 0, outside: 1, unanswered: 2 };

/** Events of the cluster, by the kind of object they are about. */
export function eventShapes({ events: lanes }: Timeline, { top }: Panel, x: X): Shape[] {
  return lanes.flatMap(({ kind, events }, row): Shape[] => {
    const y = top + row * size.row + middle;
    const warnings = new Set(events.filter(({ isWarning }) => isWarning).map(({ at }) => Math.round(x(at) / 4) * 4));
    const others = new Set(events.map(({ at }) => Math.round(x(at) / 4) * 4).filter((place) => !warnings.has(place)));
    return [
      laneName(kind, y),
      ...path(
        [...others].flatMap((place) => marks.dot(place, y)),
        { fill: colors.link },
      ),
      ...path(
        [...warnings].flatMap((place) => marks.triangle(place, y)),
        { fill: colors.warn },
      ),
    ];
  });
}
