import { status as grpcStatus } from '@grpc/grpc-js';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { decodeArrayFromPayloads, encodeToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { SeenRollout } from '../contracts/schedule.ts';
import { type Kept, scheduleId } from '../schedules/saved-action.ts';

/**
 * Has a schedule keep what was seen of its workload, and nothing else of it changed: what somebody else changes meanwhile is theirs.
 *
 * @returns false: somebody changed or deleted it just now; it is to be looked at anew
 */
export async function keepSeen(client: Client, name: string, seen: SeenRollout): Promise<boolean> {
  const { namespace, loadedDataConverter, identity } = client.options;
  const { workflowService } = client;
  try {
    const { schedule, conflictToken } = await workflowService.describeSchedule({ namespace, scheduleId: scheduleId(name) });
    const startWorkflow = schedule?.action?.startWorkflow;
    if (!schedule || !startWorkflow) return false;
    const [input, kept] = await decodeArrayFromPayloads(loadedDataConverter, startWorkflow.input?.payloads ?? []);
    const args = await encodeToPayloads(loadedDataConverter, input, { ...(kept as Kept), seen });
    startWorkflow.input = { payloads: args ?? [] };
    await workflowService.updateSchedule({
      namespace,
      scheduleId: scheduleId(name),
      schedule,
      conflictToken,
      ...(identity && { identity }),
    });
    return true;
  } catch (error) {
    const isOvertaken = isGrpcServiceError(error) && (error.code === grpcStatus.FAILED_PRECONDITION || error.code === grpcStatus.NOT_FOUND);
    if (isOvertaken) return false;
    throw error;
  }
}
