import assert from 'node:assert/strict';
import { formatTraceparent, parseTraceparent, spanOfExecution } from '../../../src/contracts/trace-context.ts';
import { traceOf, withTrace } from '../../../src/contracts/trace-header.ts';

describe('where in a trace something is', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  it("is read from W3C's header, and written as it was", () => {
    const trace = parseTraceparent(traceparent);
    assert.ok(trace);
    assert.deepEqual([trace.sampled, formatTraceparent(trace)], [true, traceparent]);
    assert.equal(parseTraceparent(traceparent.replace(/01$/, '02'))?.sampled, false);
  });

  for (const wrong of [
    undefined,
    '',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    `${traceparent}-more`,
  ])
    it(`is not read from ${wrong}`, () => {
      assert.equal(parseTraceparent(wrong), undefined);
    });

  it('goes along in the headers of a workflow, beside what is there', () => {
    const trace = parseTraceparent(traceparent);
    assert.ok(trace);
    const other = { metadata: {}, data: new Uint8Array() };
    const headers = withTrace({ other }, trace);
    assert.equal(headers.other, other);
    assert.deepEqual(traceOf(headers), trace);
    assert.equal(traceOf({ '_tracer-data': other }), undefined, "others' header is no mistake");
  });

  it('is, for an execution, the same span each time it is replayed', () => {
    const id = '01a223ed-fd3b-7144-959c-e1ab9eaaf764';
    assert.equal(spanOfExecution(id), spanOfExecution(id));
    assert.notEqual(spanOfExecution(id), spanOfExecution(id.replace('1', '2')));
    assert.match(spanOfExecution(id), /^[0-9a-f]{16}$/);
  });
});
