import type { z } from 'zod';
import { scheduleId } from '../schedules/saved-action.ts';
import type { StoredCampaign } from '../schedules/store.ts';
import type { LinkBase } from './run-resource.ts';
import type { schedule, scheduleWithDocument } from './schemas/schedule.ts';

export type ScheduleResource = z.input<typeof schedule>;

/** A saved campaign as the API tells it. */
export function scheduleResource(stored: StoredCampaign, { namespace, uiUrl }: LinkBase): ScheduleResource {
  const { saved, seen, savedBy, paused, note, createdAt, updatedAt, nextTimes, recentRuns, skipped, missed } = stored;
  const { name, campaign, triggers, timeZone, overlap, jitterMs, catchUpWindowMs } = saved;
  return {
    name,
    campaign: campaign.name,
    cluster: campaign.target.cluster,
    namespace: campaign.target.namespace,
    triggers,
    timeZone,
    overlap,
    jitterMs,
    catchUpWindowMs,
    paused,
    note,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt?.toISOString() ?? null,
    savedBy,
    nextTimes: nextTimes.map((time) => time.toISOString()),
    recentRuns: recentRuns.map(({ id, startedAt }) => ({ id, startedAt: startedAt.toISOString() })),
    skipped,
    missed,
    rollout: seen,
    links: {
      self: `/v1/schedules/${name}`,
      runs: `/v1/runs?schedule=${name}`,
      ...(triggers.webhook && { webhook: `/v1/triggers/${name}` }),
      ...(uiUrl !== null && { ui: `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/schedules/${scheduleId(name)}` }),
    },
  };
}

export function withDocument(stored: StoredCampaign, base: LinkBase): z.input<typeof scheduleWithDocument> {
  return { ...scheduleResource(stored, base), document: stored.saved.source };
}
