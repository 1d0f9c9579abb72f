import type { RunEvent } from '../contracts/run-event.ts';
import type { Verdict } from '../contracts/verdict.ts';

/** What receivers may be told of. */
export const notifiable = [
  'run.started',
  'run.finished',
  'run.approval-awaited',
  'run.stop-condition',
  'fault.injected',
  'fault.reverted',
  'undo.failing',
  'undo.settled',
] as const;
export type NotifiableType = (typeof notifiable)[number];
export type NotifiableEvent = Extract<RunEvent, { type: NotifiableType }>;

/** Where notifications go, and which. */
export interface Receiver {
  name: string;
  to: Destination;
  events: readonly NotifiableType[];
  /** patterns, `*` for any text; null: all */
  campaigns: string[] | null;
  namespaces: string[] | null;
  /** of `run.finished`; null: all, and runs that were terminated, too */
  verdicts: Verdict[] | null;
}

/** Secrets are in files that are read whenever they are needed: they are in no history, and can be replaced. */
export type Destination =
  /** signed as Standard Webhooks has it */
  | { kind: 'webhook'; url: string; secretFile: string }
  /** a file with the address of an incoming webhook of Slack's, or of one that takes the same */
  | { kind: 'slack'; urlFile: string }
  | { kind: 'grafana'; url: string; tokenFile: string; tags: string[]; dashboardUid: string | null; panelId: number | null }
  /** Events on what faults are injected into */
  | { kind: 'kubernetes-events' };

/** What a run is, for filters and messages. */
export interface NotifiedRun {
  id: string;
  campaign: string;
  cluster: string;
  namespace: string;
}

/** Whether a receiver is told of anything of such a run. */
export function wantsRun(
  { campaigns, namespaces }: Receiver,
  { campaign, namespace }: Pick<NotifiedRun, 'campaign' | 'namespace'>,
): boolean {
  return fits(campaigns, campaign) && fits(namespaces, namespace);
}

export function wantsEvent(receiver: Receiver, run: NotifiedRun, event: RunEvent): event is NotifiableEvent {
  if (!wantsRun(receiver, run) || !receiver.events.some((type) => type === event.type)) return false;
  if (event.type !== 'run.finished' || receiver.verdicts === null) return true;
  return event.verdict !== null && receiver.verdicts.includes(event.verdict);
}

function fits(patterns: string[] | null, name: string): boolean {
  return patterns === null || patterns.some((pattern) => toExpression(pattern).test(name));
}

function toExpression(pattern: string): RegExp {
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`);
}
