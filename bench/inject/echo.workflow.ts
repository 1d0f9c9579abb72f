import { proxyActivities } from '@temporalio/workflow';

const { echo } = proxyActivities<{ echo(): Promise<void> }>({ startToCloseTimeout: '10s' });

/** So many activities that do nothing, one after the other. */
export async function echoes(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await echo();
}
