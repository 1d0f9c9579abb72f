import { findFault } from '../../faults/declarations.ts';
import { isRecord } from '../document.ts';
import type { Draft } from '../imported/draft.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { describe, formatDuration, parseChoice, parseText } from '../units.ts';
import { type ChaosContext, chaosKinds, expectedKind, parseHold, readChaos } from './chaos.ts';

const once = 'squall does not do the chaos of a Schedule by itself again';
const scheduleKeys = {
  read: ['schedule', 'type', 'concurrencyPolicy'],
  noEffect: { historyLimit: 'squall keeps the report of every run', startingDeadlineSeconds: once },
};

/** Reads the spec of a Schedule but for its chaos. `more`: types it may have beside the kinds of chaos. */
export function readScheduleKeys(
  notes: LitmusNotes,
  path: Path,
  more: readonly 'Workflow'[],
): { type?: string; cron?: string } | undefined {
  const type = notes.valueAt([...path, 'type']);
  const own = type === 'Workflow' && more.includes(type) ? 'workflow' : chaosKinds.find(({ kind }) => kind === type)?.key;
  // where the type is wrong, whatever belongs to it is not another mistake
  const value = notes.valueAt(path);
  const parts = own === undefined ? Object.keys(isRecord(value) ? value : {}).filter((key) => /Chaos$|^workflow$/.test(key)) : [own];
  if (notes.mapping(path, { ...scheduleKeys, read: [...scheduleKeys.read, ...parts] }) === undefined) return undefined;
  if (own === undefined) notes.problem({ path: [...path, 'type'], found: describe(type), expected: expectedKind(type, more) });
  notes.readOptional([...path, 'concurrencyPolicy'], (policy) => parseChoice(policy, ['Forbid', 'Allow']));
  const cron = notes.read([...path, 'schedule'], (written) => parseText(written, '"@every 5m"'));
  return { ...(own === undefined || typeof type !== 'string' ? {} : { type }), ...(cron === undefined ? {} : { cron }) };
}

/**
 * A Schedule inside a Workflow, which ends with its deadline: what is done in an instant is done again, as `repeatEvery` has it; what
 * holds can't be.
 */
export function readRepeated(notes: LitmusNotes, path: Path, context: ChaosContext): Draft[] {
  const keys = readScheduleKeys(notes, path, []);
  const kind = chaosKinds.find((one) => one.kind === keys?.type);
  if (keys === undefined || kind === undefined) return [];
  const drafts = readChaos(notes, kind, [...path, kind.key], context);
  const place = [...path, 'schedule'];
  const every = /^@every\s+(\S+)$/.exec(keys.cron ?? '')?.[1];
  const periodMs = every === undefined ? undefined : notes.read(place, () => parseHold(every));
  if (keys.cron !== undefined && every === undefined) {
    notes.problem({
      path: place,
      found: JSON.stringify(keys.cron),
      expected: 'a period such as "@every 10s": squall repeats a fault by a period',
    });
  }
  if (periodMs === undefined) return drafts;
  if (context.deadlineMs === undefined) {
    notes.problem({ path, found: 'a Schedule without a deadline', expected: 'a deadline on its template: squall does nothing for ever' });
    return drafts;
  }
  const { deadlineMs } = context;
  return drafts.map((draft): Draft => {
    if (findFault(draft.fault)?.fault.holds !== false) {
      const expected = 'pod-kill or container-kill: squall repeats what is done in an instant; what holds is one experiment for each time';
      notes.problem({ path: place, found: `${draft.fault} every ${formatDuration(periodMs)}`, expected });
      return draft;
    }
    return { ...draft, durationMs: deadlineMs, ...(periodMs < deadlineMs ? { repeatEveryMs: periodMs } : {}) };
  });
}
