import type { Finding } from '../../contracts/report.ts';
import type { Election } from './election.ts';
import type { RuleInput } from './rule.ts';

/** What held an election up. */
export interface Cause extends Pick<Finding, 'fix' | 'patch'> {
  evidence: string[];
}

/** Looks for one cause of an election over its limit; null: it is not it. */
export type CauseOfElection = (election: Election, input: RuleInput) => Cause | null;
