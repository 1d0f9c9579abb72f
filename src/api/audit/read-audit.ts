import type { ExperimentInput } from '../../contracts/run.ts';
import { type Execution, eventTime, firstPayload, toNumber } from '../history.ts';
import { type ChainedEvent, type FollowHistory, followChain } from '../run-chain.ts';
import type { AuditRecord } from '../schemas/audit.ts';
import { AuditMapping } from './audit-mapping.ts';

interface Source {
  iterator: AsyncIterator<ChainedEvent, undefined>;
  mapping: AuditMapping;
  head: ChainedEvent;
  at: string;
}

/**
 * A run's audit so far, from the histories of its workflow and of its experiments' workflows, with all executions they continued as,
 * in the order of time.
 *
 * @param chain the executions of the run so far, first to last
 */
export async function* readAudit(chain: [Execution, ...Execution[]], read: FollowHistory): AsyncGenerator<AuditRecord, undefined> {
  const sources: Source[] = [];
  const names = new Map<number, string>();
  const run = await open([...chain], new AuditMapping(chain[0].workflowId, null), read);
  if (run) sources.push(run);
  for (;;) {
    const earliest = sources.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))[0];
    if (earliest === undefined) return undefined;
    const { head } = earliest;
    await advance(earliest, sources);
    if (earliest === run) {
      const begun = experimentBegun(head, names);
      const source = begun && (await open([begun.execution], new AuditMapping(begun.execution.workflowId, begun.name), read));
      if (source) sources.push(source);
    }
    const record = earliest.mapping.map(head.event);
    if (record) yield record;
  }
}

/** undefined: it has no event */
async function open(chain: Execution[], mapping: AuditMapping, read: FollowHistory): Promise<Source | undefined> {
  const iterator = followChain(chain, read);
  const { value: head } = await iterator.next();
  return head && { iterator, mapping, head, at: eventTime(head.event) };
}

async function advance(source: Source, sources: Source[]): Promise<void> {
  const { value } = await source.iterator.next();
  if (value === undefined) {
    sources.splice(sources.indexOf(source), 1);
    return;
  }
  source.head = value;
  source.at = eventTime(value.event);
}

/** The experiment that an event of the run tells the beginning of. */
function experimentBegun(
  { event, base, position }: ChainedEvent,
  names: Map<number, string>,
): { execution: Execution; name: string } | undefined {
  const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (initiated) names.set(position, firstPayload<ExperimentInput>(initiated.input)?.experiment.spec.name ?? '');
  const started = event.childWorkflowExecutionStartedEventAttributes;
  const { workflowId, runId } = started?.workflowExecution ?? {};
  if (!workflowId || !runId) return undefined;
  return { execution: { workflowId, runId }, name: names.get(base + toNumber(started?.initiatedEventId)) ?? '' };
}
