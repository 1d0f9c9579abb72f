import type { Subject } from '../contracts/subject.ts';
import type { Attributes } from './tracing.ts';

/** What a span is about. */
export function subjectAttributes({ runId, experiment, faultId }: Subject): Attributes {
  return { 'squall.run.id': runId, 'squall.experiment': experiment, 'squall.fault.id': faultId };
}
