import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** Fewer come and go by themselves: probes, Sentinels, an operator's shell. */
const fewest = 10;

/** A pool that does not connect anew serves nobody, however healthy redis is. */
export const clientsNotBack: Rule = {
  name: 'clients-not-back',
  looksAt:
    "connected_clients of INFO: the primary's when the plan was made, and the present primary's when steady state was awaited no longer",
  finds: `Another instance is the primary, or it has restarted, and fewer than half of ${fewest} clients or more are connected.`,
  fix: 'What the clients have to do.',
  conclude({ evidence, experiment, plan }) {
    const record = evidence.clusterRecord;
    const before = plan.inventory.application?.instances.find(({ role }) => role === 'primary');
    const now = record?.redis?.instances.find(({ role }) => role === 'primary');
    if (record === undefined || before?.connectedClients === undefined || now?.connectedClients == null) return nothing;
    const replaced = now.pod !== before.pod || record.pods.some(({ name, createdAt }) => name === now.pod && createdAt >= record.from);
    if (!replaced || before.connectedClients < fewest) return nothing;
    const counts = `${now.connectedClients} clients are connected to ${now.pod}, and ${before.connectedClients} were to ${before.pod}`;
    if (now.connectedClients * 2 >= before.connectedClients) return ruledOut(counts);
    return found({
      rule: 'clients-not-back',
      severity: 'warning',
      title: `${experiment.name}: clients did not come back to the primary: ${counts}`,
      evidence: [
        `when the plan was made redis ${before.pod}: INFO connected_clients ${before.connectedClients}`,
        `${record.to} redis ${now.pod}: INFO connected_clients ${now.connectedClients}`,
      ],
      fix: 'Clients have to ask Sentinel for the primary whenever they connect, and to connect anew when a connection ends or nothing is answered: see the retry strategy, the connection timeout and the keep-alive of their pools.',
    });
  },
};
