import { createHash } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { taskQueue, workflowTypes } from '../../contracts/names.ts';
import { Problem } from '../problem.ts';

/** Longer than the time in which a signature is taken. */
const receiptTimeout = '15m';

/**
 * Writes a delivery down with Temporal, which is all that squall's processes share: what was signed for one request cannot be used
 * for another, whichever process it comes to. The same request again, which is how a sender tries again, is let through; whatever
 * handles it has to do nothing twice, by the delivery's id.
 *
 * @throws Problem 409: the id has been used for another request
 */
export async function writeReceipt(client: Client, webhook: string, id: string, target: string, body: Uint8Array): Promise<void> {
  const workflowId = `webhook-${webhook}-${id}`;
  const digest = createHash('sha256').update(`${target}\n`).update(body).digest('hex');
  try {
    await client.workflow.start(workflowTypes.receipt, {
      taskQueue,
      workflowId,
      args: [],
      memo: { digest },
      workflowExecutionTimeout: receiptTimeout,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `webhook ${webhook}: ${target}`,
      staticDetails: 'That this delivery has come. Its id is used once, so that a replay of it is refused.',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { memo } = await client.workflow.getHandle(workflowId).describe();
    if (memo?.digest === digest) return;
    const detail = `The delivery ${id} was for another request: expected a webhook-id of its own.`;
    throw new Problem(409, 'webhook-replayed', 'The delivery is a replay', detail);
  }
}
