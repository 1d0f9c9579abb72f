import { atMost, type Check } from '../result.ts';
import { ratioOf, type Spread, short } from '../spread.ts';
import {
  afterBaseline,
  injectStep,
  litmusToEffect,
  overhead,
  rawToEffect,
  rawUndone,
  roundTrip,
  toEffect,
  toolkitToEffect,
  toUndone,
} from './labels.ts';

const compared = ['pod-delete', 'latency, cold', 'latency, warm', 'cpu, cold', 'cpu, warm'];

/** By the medians, and only where both were measured. */
export function ratios(spreads: Record<string, Spread>): Record<string, number | null> {
  const over = (name: string, one: string, other: string): [string, number | null][] => {
    const [a, b] = [spreads[`${name}: ${one}`], spreads[`${name}: ${other}`]];
    return a === undefined || b === undefined ? [] : [[`${name}: ${one}, over ${other}`, ratioOf(a, b)]];
  };
  return Object.fromEntries(
    compared.flatMap((name) => [
      ...over(name, toEffect, rawToEffect),
      ...over(name, injectStep, rawToEffect),
      ...over(name, toUndone, rawUndone),
      ...over(name, toEffect, toolkitToEffect),
      ...over(name, toEffect, litmusToEffect),
    ]),
  );
}

export function checksOf(spreads: Record<string, Spread>): Check[] {
  const of = (name: string, what: string) => spreads[`${name}: ${what}`];
  const [raw, trip] = [of('pod-delete', rawToEffect), spreads[roundTrip]];
  const limit = raw && trip ? short(2 * raw.median + trip.median) : Number.NaN;
  return [
    atMost(
      `pod-delete, the inject step: median in ms; the bound is twice the raw call and one activity of Temporal's`,
      of('pod-delete', injectStep)?.median ?? null,
      limit,
    ),
    atMost(`latency, warm, ${toEffect}: p95 in ms`, of('latency, warm', toEffect)?.p95 ?? null, 300),
    atMost(`${afterBaseline}, the inject step: p95 in ms`, of(afterBaseline, injectStep)?.p95 ?? null, 300),
    ...['latency, warm', 'cpu, warm'].map((name) =>
      atMost(`${name}, ${overhead}: median in ms`, of(name, overhead)?.median ?? null, 1_000),
    ),
  ];
}
