import type { ArbiterMemo, ArbiterState, HoldScope, Survey } from '../contracts/arbiter.ts';
import { utc } from '../contracts/utc.ts';

/** A memo is kept in every list of Temporal's: the rest is in the arbiter's history. */
const mostShown = 100;

/** What of an arbiter is to be seen from outside. */
export function arbiterMemo({ holds, queue, halt, freed }: ArbiterState, unproven: Survey['unproven']): ArbiterMemo {
  return {
    holds: holds.slice(0, mostShown).map(({ runId, campaign, scope, since }) => ({ runId, campaign, on: scopeName(scope), since })),
    queue: queue.slice(0, mostShown).map(({ request, since, until }) => {
      return { runId: request.runId, campaign: request.campaign, on: scopeName(request.scope), since, until };
    }),
    counts: { holds: holds.length, queue: queue.length },
    halt,
    freed,
    unproven,
  };
}

/** The workload, and the nodes with it; the pods or objects of a run without a workload. */
function scopeName({ namespace, workload, pods, nodes, objects }: HoldScope): string {
  const names = [workload ?? pods[0] ?? objects[0] ?? `namespace ${namespace}`, ...nodes.map((node) => `node ${node}`)];
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
}

/** The same for people, in Markdown. */
export function arbiterDetails({ holds, queue, halt, freed, unproven }: ArbiterMemo, recovered: boolean): string {
  const lines = [
    ...(recovered ? [] : ['Finding out what running campaigns hold; nothing is granted before that is known.']),
    ...(halt === null ? [] : [`**Halted** by ${halt.actor} at ${utc(halt.since)}: ${halt.reason}`]),
    ...section(
      '**Held**',
      holds.map(({ runId, on, since }) => `${on}: ${runId}, since ${utc(since)}`),
    ),
    ...(holds.length === 0 ? ['No run holds anything.'] : []),
    ...section(
      '**Waiting**',
      queue.map(({ runId, on, since, until }) => `${on}: ${runId}, since ${utc(since)}, until ${utc(until)} at most`),
    ),
    ...section(
      '**Over, but not proven undone**',
      unproven.map(({ runId, missing }) => `${runId}: ${missing}`),
    ),
    ...section(
      '**Freed by proof**',
      freed.map((entry) => `${entry.runId} at ${utc(entry.at)}: ${entry.because}`),
    ),
  ];
  return lines.join('\n\n');
}

/** Nothing of it when there is nothing to list. Markdown takes a list for one after an empty line. */
function section(title: string, items: string[]): string[] {
  return items.length === 0 ? [] : [title, items.map((item) => `- ${item}`).join('\n')];
}
