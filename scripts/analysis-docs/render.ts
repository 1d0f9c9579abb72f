import type { Rule } from '../../src/report/analysis/rule.ts';
import { rules } from '../../src/report/analysis/rules.ts';

/** docs/analysis.md. */
export function renderAnalysisPage(): string {
  return `# Analysis

<!-- Made from src/report/analysis/ and scripts/analysis-docs/render.ts: npm run docs -->

A report says what happened; its findings say why. Each comes of a rule that looks at evidence: it names its evidence by time and source, and a
fix where there is one. A rule without evidence finds nothing. When an experiment failed and no rule fits, the finding \`unexplained\` says
what was ruled out, and what could not be looked at.

\`\`\`text
critical  lose-the-primary: the election took 51.46 s, over its limit of 30 s; 51.37 s of it until Sentinel's switch [slow-election]
          - probe redis-leader-election: Sentinel switched after 51.37 s
          - 2026-11-28T20:50:02.000Z event Killing of pod/redis-leader-0: Stopping container redis
          - spec of statefulset/redis-leader: terminationGracePeriodSeconds is 45, and Sentinel switched 6.37 s after it was over: the
            primary served until it was killed
          - 2026-11-28T20:50:52.483Z sentinel redis-sentinel-1: +sdown master redis redis-leader-0.shop.svc 6379
          - 2026-11-28T20:50:53.525Z sentinel redis-sentinel-1: +switch-master redis redis-leader-0.shop.svc 6379 redis-leader-2.shop.svc 6379
          fix: With 15 s it is to be expected after 21.46 s, within the limit:
               kubectl -n shop patch statefulset redis-leader --type=merge -p '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":15}}}}'
\`\`\`

That is a redis behind a shell that passes no SIGTERM on. Patched so, the same campaign passes; a test on a real cluster does both.

- \`critical\` and \`warning\` are causes of what went wrong. \`info\` is what could be better whatever went on, and is said once.
- A fix that is a patch of an object is in the JSON report as \`findings[].patch\` too: target, namespace, type and body.
- A run that Passed has findings as well: a container in a crash loop is Ready for a moment between two of its ends.

## The rules

${rules.map(renderRule).join('\n')}
### unexplained
- Finds: An experiment failed, and no rule found more than what could be better.
- Its evidence is why it failed, what each rule ruled out, and what could not be looked at.

## What is looked at
When an experiment's observation ends (steady state is back, or is not waited for any longer, or somebody ended it), the cluster is asked
what it has to tell since 5 s before the experiment began. That is part of the run's history, so a report made later says the same:

| what | how | a right beside those of the campaign |
| --- | --- | --- |
| events of the workload's pods, owners and claims, and of the Sentinels that watch it | events of the namespace; at most 200 and 32 KiB, warnings first; what was left out is counted | |
| events of its nodes | events of the namespace \`default\` | \`events\`: \`list\` in \`default\` |
| its pods: conditions, restarts, how containers ended, why they wait | their status; at most 40, those that something happened to first | |
| its specification: probes, limits, grace period, spread, claims | the workload | |
| its disruption budgets | those of the namespace | \`poddisruptionbudgets\`: \`list\` |
| zones | labels of nodes | |
| redis and Sentinels: priorities, \`min-replicas-to-write\`, clients, quorum, \`down-after-milliseconds\` | \`CONFIG GET\`, \`INFO\`, \`SENTINEL MASTERS\` | |
| what Sentinels wrote of failures and elections | their logs; the last 80 lines | \`pods/log\`: \`get\` |
| CPU throttling | cAdvisor's metrics, in the Prometheus that is configured for the cluster (\`SQUALL_PROMETHEUS_URL\`) | |

Rights in the last column are not among those that a campaign needs, and \`squall plan --rbac\` does not grant them: without one, a run goes on, the
rules that need it find and rule out nothing, and \`unexplained\` names the gap (\`not known: disruption budgets: forbidden\`). To grant
them where campaigns run:

\`\`\`yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: squall-analysis, namespace: shop }
rules:
  - { apiGroups: [policy], resources: [poddisruptionbudgets], verbs: [list] }
  - { apiGroups: [''], resources: [pods/log], verbs: [get] }
\`\`\`

The events are in the report (\`experiments[].clusterEvents\`) in any case.

## Another rule
[extending.md](extending.md#a-new-finding) says how one is added: it is one file, and a line in \`src/report/analysis/rules.ts\`.
`;
}

function renderRule({ name, looksAt, finds, fix }: Rule): string {
  return [`### ${name}`, `- Looks at: ${looksAt}.`, `- Finds: ${finds}`, `- Fix: ${fix ?? 'none that would fit all.'}`, ''].join('\n');
}
