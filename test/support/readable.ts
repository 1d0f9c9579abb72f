import type { Client } from '@temporalio/client';

/** Every text and all bytes within a value: protobuf's own JSON would have bytes as base64, in which no word is found. */
export function readable(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, each]) => `${key} ${readable(each)}`)
    .join('\n');
}

/** All that Temporal itself has of a workflow: description, memo and history. */
export async function keptByTemporal({ workflowService }: Pick<Client, 'workflowService'>, workflowId: string): Promise<object[]> {
  const request = { namespace: 'default', execution: { workflowId } };
  return [await workflowService.describeWorkflowExecution(request), await workflowService.getWorkflowExecutionHistory(request)];
}
