import { type RbacSubject, rbacManifests, renderRbac, rightsOfPlan } from '../campaign/rbac.ts';
import { requestJson } from '../client/api.ts';
import type { Permission, Plan, PlannedDashboard, PlannedExperiment } from '../contracts/plan.ts';
import { targetName } from '../contracts/plan.ts';
import { plural } from '../report/format.ts';
import { apiAccess } from './api-access.ts';
import type { planOptions } from './commands/documents.ts';
import type { Given } from './declare.ts';
import { ofDocument } from './document-problem.ts';
import { print } from './output.ts';
import { readDocumentFile } from './read-document.ts';
import { paintFor } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** `squall plan FILE`. 1: something forbids a run. */
export async function plan({ words: [file = '-'], options }: Given<typeof planOptions>): Promise<number> {
  const access = apiAccess(options.api);
  const document = await readDocumentFile(file);
  const query = options.seed === undefined ? '' : `?seed=${encodeURIComponent(options.seed)}`;
  const made = await requestJson<Plan>(access, `/v1/plans${query}`, { method: 'POST', body: document, type: 'application/yaml' }).catch(
    (error: unknown) => {
      throw ofDocument(error, file);
    },
  );
  if (options.rbac) {
    const name = `squall-${made.campaign.name}`;
    process.stdout.write(renderRbac(rbacManifests(rightsOfPlan(made), name, subjectOf(options['service-account']))));
    return 0;
  }
  print(options.output, made, () => tell(made));
  return made.refusals.length === 0 ? 0 : 1;
}

/** @throws UsageError */
function subjectOf(written: string): RbacSubject {
  const [, namespace, serviceAccount] = /^([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9.-]*)$/.exec(written) ?? [];
  if (namespace !== undefined && serviceAccount !== undefined) return { namespace, serviceAccount };
  throw new UsageError(`plan: --service-account: found ${written}, expected NAMESPACE/NAME`, 'plan');
}

function tell(made: Plan): string {
  const { campaign, seed, inventory, experiments, dashboards = [], warnings, refusals } = made;
  const paint = paintFor(process.stdout);
  const { workload, namespace, cluster, pods } = inventory;
  const on = workload === null ? `${plural(pods.length, 'pod')} of ${inventory.selector}` : `${workload.kind} ${workload.name}`;
  const lines = [
    `${paint('strong', campaign.name)} on ${on} in ${cluster}/${namespace}, seed ${seed}`,
    ...experiments.flatMap((one, index) => [
      '',
      ...tellExperiment(one, index + 1).map((line, row) => (row === 0 ? paint('strong', line) : line)),
    ]),
    '',
    ...rightsOfPlan(made).flatMap((rights) => [
      paint('strong', `needs the rights, in ${rights.cluster}/${rights.namespace}`),
      ...rights.permissions.map((permission) => `  ${tellPermission(permission)}`),
    ]),
    ...dashboards.map(tellDashboard),
    ...warnings.map(
      ({ path, line, message }) => `${paint('caution', 'warning')} ${line === undefined ? '' : `line ${line} `}${path}: ${message}`,
    ),
    '',
    ...(refusals.length === 0 ? [paint('good', 'a run may begin')] : [paint('bad', 'a run may not begin')]),
    ...refusals.map(({ code, subject, message }) => `  ${paint('bad', code)} ${subject}: ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}

function tellExperiment({ spec, targets, inject, undo, hypothesis }: PlannedExperiment, index: number): string[] {
  return [
    `${index}. ${spec.name}: ${spec.fault}`,
    `  targets  ${targets.map(targetName).join(', ')}`,
    `  inject   ${inject}`,
    `  undo     ${undo}`,
    `  judged   ${hypothesis.length === 0 ? 'by nothing' : `by ${hypothesis.map(({ name }) => name).join(', ')}`}`,
  ];
}

function tellDashboard({ name, queries, withData, empty, unasked }: PlannedDashboard): string {
  const without = [...empty, ...unasked.map(({ panel }) => panel)];
  return `dashboard ${name}: ${withData} of ${queries} queries have data${without.length === 0 ? '' : `; may have none: ${without.join(', ')}`}`;
}

function tellPermission({ apiGroup, resource, subresource, verbs, allNamespaces }: Permission): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${what}${apiGroup === '' ? '' : `.${apiGroup}`}: ${verbs.join(', ')}${allNamespaces ? ' (in all namespaces)' : ''}`;
}
