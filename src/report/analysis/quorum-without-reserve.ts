import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** Every Sentinel is needed: the loss of one, which may be on the primary's node, is the loss of all elections. */
export const quorumWithoutReserve: Rule = {
  name: 'quorum-without-reserve',
  looksAt: "the Sentinels' quorum, and how many they know of",
  finds: 'So many Sentinels have to agree that none of them may be away.',
  fix: 'How many Sentinels to run, or the quorum.',
  conclude({ evidence }) {
    const record = evidence.clusterRecord;
    const answering = record?.redis?.sentinels.flatMap(({ pod, master }) => (master === null ? [] : [{ pod, ...master }])) ?? [];
    if (record === undefined || answering.length === 0) return nothing;
    const known = Math.max(...answering.map(({ otherSentinels }) => otherSentinels + 1));
    const quorum = Math.max(...answering.map((one) => one.quorum));
    const majority = Math.floor(known / 2) + 1;
    const needed = Math.max(quorum, majority);
    if (needed < known) return ruledOut(`${needed} of ${known} Sentinels have to agree: one may be away`);
    return found({
      rule: 'quorum-without-reserve',
      severity: 'info',
      title: `${needed} of ${known} Sentinels have to agree: while one is away, nobody is elected`,
      evidence: answering.map(
        ({ pod, quorum: own, otherSentinels }) => `${record.to} sentinel ${pod}: quorum ${own}, knows of ${otherSentinels} others`,
      ),
      fix:
        majority < known
          ? `On every Sentinel, and in its configuration: SENTINEL SET ${answering[0]?.name} quorum ${majority}`
          : 'Run at least three Sentinels, with a quorum of more than half of them.',
    });
  },
};
