import { sentinelLines, slowElectionOf } from './election.ts';
import { sentinelLine } from './evidence-line.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** Too few Sentinels answer to agree that a primary is lost, or to choose who takes over. */
export const noQuorum: Rule = {
  name: 'no-quorum',
  looksAt: 'how many Sentinels answer, their quorum, how many they know of, and their log',
  finds:
    'An election did not come about in time, and fewer Sentinels answered than their quorum, or than more than half of those they know.',
  fix: 'How many Sentinels to run, and the quorum for them.',
  conclude({ evidence, experiment }) {
    const redis = evidence.clusterRecord?.redis;
    if (redis == null || redis.sentinels.length === 0 || slowElectionOf(experiment) === undefined) return nothing;
    const answering = redis.sentinels.flatMap(({ pod, master }) => (master === null ? [] : [{ pod, ...master }]));
    const quorum = Math.max(0, ...answering.map((one) => one.quorum));
    const known = Math.max(redis.sentinels.length, ...answering.map(({ otherSentinels }) => otherSentinels + 1));
    const needed = Math.max(quorum, Math.floor(known / 2) + 1);
    if (answering.length >= needed) return ruledOut(`${answering.length} of ${known} Sentinels answered, and ${needed} have to agree`);
    const at = evidence.clusterRecord?.to;
    return found({
      rule: 'no-quorum',
      severity: 'critical',
      title: `${experiment.name}: ${answering.length} of ${known} Sentinels answered, and ${needed} have to agree: nobody is elected`,
      evidence: [
        ...redis.sentinels.map(({ pod, master, error }) =>
          master === null
            ? `${at} sentinel ${pod}: does not answer (${error ?? 'no reason'})`
            : `${at} sentinel ${pod}: quorum ${master.quorum}, knows of ${master.otherSentinels} others`,
        ),
        ...sentinelLines(evidence.clusterRecord, '+sdown sentinel', '+sdown master', '+odown master', '-failover-abort')
          .slice(0, 8)
          .map(sentinelLine),
      ],
      fix: `Run three Sentinels or five, each on a node of its own, with a quorum of more than half of them: SENTINEL SET ${answering[0]?.name ?? 'MASTER'} quorum ${Math.floor(known / 2) + 1}. One that is gone for good is forgotten by SENTINEL RESET.`,
    });
  },
};
