import { errorMessage } from '../src/error-message.ts';
import { LabFailure } from './failure.ts';

/**
 * Awaits all of them, also when one fails: nobody works on a lab whose lock is let go.
 * @throws the failure, or a LabFailure with all of them
 */
export async function together(...work: Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(work))
    .filter((result) => result.status === 'rejected')
    .map((result): unknown => result.reason);
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new LabFailure(failures.map(errorMessage).join('\n'));
}
