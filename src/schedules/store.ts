import { randomUUID } from 'node:crypto';
import { status as grpcStatus } from '@grpc/grpc-js';
import {
  type Client,
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
} from '@temporalio/client';
import { savedCampaignPrefix, searchAttributes } from '../contracts/names.ts';
import type { RunInput } from '../contracts/run.ts';
import type { SavedCampaign, SeenRollout } from '../contracts/schedule.ts';
import { type Kept, savedSchedule, scheduleId } from './saved-action.ts';

/** A saved campaign as Temporal keeps it. */
export interface StoredCampaign {
  saved: SavedCampaign;
  /** what was seen of the workload whose rollouts start it; null: none do */
  seen: SeenRollout | null;
  /** who saved it last; null: callers were not asked who they are */
  savedBy: string | null;
  paused: boolean;
  /** why it was paused, or resumed, last; null: nobody said */
  note: string | null;
  createdAt: Date;
  updatedAt: Date | null;
  nextTimes: Date[];
  /** runs that its times began, latest last */
  recentRuns: { id: string; startedAt: Date }[];
  missed: number;
  skipped: number;
}

/** Temporal does not take the times: what it says of them. */
export class RefusedTimesError extends Error {
  override readonly name = 'RefusedTimesError';
}

/** @returns false: there is one of this name already. @throws RefusedTimesError */
export async function createSchedule(client: Client, saved: SavedCampaign, beside: Pick<Kept, 'seen' | 'savedBy'>): Promise<boolean> {
  const options = savedSchedule(saved, { ...beside, saving: randomUUID() });
  try {
    await asTold(client.schedule.create({ scheduleId: scheduleId(saved.name), ...options, state: { paused: saved.paused } }));
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/**
 * Takes the place of the one of its name. Of updates that come at the same moment Temporal looks at the last one alone, and drops that,
 * too, when it was made for what was there before: so it is read back, and saved anew until it is there.
 *
 * @returns false: there is none. @throws RefusedTimesError
 */
export async function replaceSchedule(client: Client, saved: SavedCampaign, beside: Pick<Kept, 'seen' | 'savedBy'>): Promise<boolean> {
  const handle = client.schedule.getHandle(scheduleId(saved.name));
  const saving = randomUUID();
  const options = savedSchedule(saved, { ...beside, saving });
  const save = async () => {
    // Its end is that of the time which the caller's connection gives its calls.
    for (let kept: Kept | undefined; kept?.saving !== saving; ) {
      await asTold(handle.update(() => ({ ...options, state: { paused: saved.paused } })));
      [, kept] = ((await handle.describe()).action.args ?? []) as [RunInput?, Kept?];
    }
  };
  return found(save());
}

/** undefined: there is none of this name. */
export async function readSchedule(client: Client, name: string): Promise<StoredCampaign | undefined> {
  try {
    return storedCampaign(await client.schedule.getHandle(scheduleId(name)).describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/** All of them, by name. Temporal's list lags a little; what it tells of each does not. @param watched only those that rollouts start */
export async function listSchedules(client: Client, { watched = false }: { watched?: boolean } = {}): Promise<StoredCampaign[]> {
  const names: string[] = [];
  const query = watched ? { query: `${searchAttributes.trigger.name} = 'rollout'` } : {};
  for await (const { scheduleId: id } of client.schedule.list({ pageSize: 200, ...query })) {
    if (id.startsWith(savedCampaignPrefix)) names.push(id.slice(savedCampaignPrefix.length));
  }
  const read = await Promise.all(names.sort().map((name) => readSchedule(client, name)));
  return read.filter((stored) => stored !== undefined);
}

/** @returns false: there is none of this name */
export function deleteSchedule(client: Client, name: string): Promise<boolean> {
  return found(client.schedule.getHandle(scheduleId(name)).delete());
}

/** @returns false: there is none of this name */
export function pauseSchedule(client: Client, name: string, note: string): Promise<boolean> {
  return found(client.schedule.getHandle(scheduleId(name)).pause(note));
}

/** @returns false: there is none of this name */
export function resumeSchedule(client: Client, name: string, note: string): Promise<boolean> {
  return found(client.schedule.getHandle(scheduleId(name)).unpause(note));
}

async function found(done: Promise<unknown>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

async function asTold<T>(done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
    if (isGrpcServiceError(cause) && cause.code === grpcStatus.INVALID_ARGUMENT)
      throw new RefusedTimesError(cause.details, { cause: error });
    throw error;
  }
}

/** undefined: the schedule is not a saved campaign of this release. */
function storedCampaign({ action, state, info }: ScheduleDescription): StoredCampaign | undefined {
  const [input, kept] = (action.args ?? []) as [RunInput?, Kept?];
  if (input === undefined || kept?.saved === undefined) return undefined;
  return {
    saved: { ...kept.saved, campaign: input.campaign, document: input.document },
    seen: kept.seen,
    savedBy: kept.savedBy ?? null,
    paused: state.paused,
    note: state.note ?? null,
    createdAt: info.createdAt,
    updatedAt: info.lastUpdatedAt ?? null,
    nextTimes: info.nextActionTimes,
    recentRuns: info.recentActions.map(({ action: { workflow }, takenAt }) => ({ id: workflow.workflowId, startedAt: takenAt })),
    missed: info.numActionsMissedCatchupWindow,
    skipped: info.numActionsSkippedOverlap,
  };
}
