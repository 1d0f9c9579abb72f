import assert from 'node:assert/strict';
import { recordAgentSpan } from '../../../src/faults/carrier/agent-span.ts';
import { type Span, type SpanStart, type Tracing, useTracing } from '../../../src/tracing/tracing.ts';

const fault = { id: 'f-1', state: 'active' as const, mechanism: 'nfqueue', startedAt: 1_040, endedAt: 0, inEffect: true, evidence: 'seen' };

describe('the span of an agent', () => {
  let spans: { start: SpanStart; endedAt: number | undefined }[];

  function span(start: SpanStart): Span {
    const entry = { start, endedAt: undefined as number | undefined };
    return {
      context: { traceId: 't', spanId: 's', sampled: true },
      isLeaf: start.isLeaf ?? false,
      set: () => undefined,
      rename: () => undefined,
      fail: () => undefined,
      end: (at) => {
        entry.endedAt = at;
        spans.push(entry);
      },
    };
  }

  function traceWith(current: Span | undefined): void {
    const tracing: Tracing = { start: span, within: (_span, body) => body(), current: () => current, close: async () => undefined };
    useTracing(tracing);
  }

  beforeEach(() => {
    spans = [];
  });
  afterEach(() => useTracing(undefined));

  it('goes from the request until the fault was in effect, or had ended, by the word of the agent', () => {
    traceWith(span({ name: 'agent start', kind: 'client' }));
    recordAgentSpan('start', 1_000, { fault });
    recordAgentSpan('stop', 2_000, { fault: { ...fault, state: 'ended', endedAt: 2_015, reason: 'stop' } });
    assert.deepEqual(
      spans.map(({ start, endedAt }) => [start.name, start.startedAt, endedAt, start.attributes?.['squall.agent.reason']]),
      [
        ['agent puts fault into effect', 1_000, 1_040, undefined],
        ['agent ends fault', 2_000, 2_015, 'stop'],
      ],
    );
    assert.equal(spans[0]?.start.attributes?.['squall.agent.mechanism'], 'nfqueue');
  });

  it('does not end before it began, when a request finds what was done before', () => {
    traceWith(span({ name: 'agent start', kind: 'client' }));
    recordAgentSpan('start', 5_000, { fault });
    assert.deepEqual([spans[0]?.start.startedAt, spans[0]?.endedAt], [1_040, 1_040]);
  });

  it('is none of another request, without a word of times, in a leaf, or when tracing is off', () => {
    traceWith(span({ name: 'agent status', kind: 'client' }));
    recordAgentSpan('status', 1_000, { fault });
    recordAgentSpan('start', 1_000, { fault: { ...fault, startedAt: 0 } });
    recordAgentSpan('start', 1_000, {});
    traceWith(span({ name: 'observe', kind: 'internal', isLeaf: true }));
    recordAgentSpan('start', 1_000, { fault });
    traceWith(undefined);
    recordAgentSpan('start', 1_000, { fault });
    useTracing(undefined);
    recordAgentSpan('start', 1_000, { fault });
    assert.deepEqual(spans, []);
  });
});
