import { formatDuration } from '../campaign/units.ts';
import type { Campaign, ExperimentSpec, Step } from '../contracts/campaign.ts';

const mostSteps = 20;

/** What a run is, in a line. */
export function runSummary({ name, target }: Campaign): string {
  return `chaos campaign ${name} in namespace ${target.namespace} of cluster ${target.cluster}`;
}

/** What a run is, in Markdown, for whoever opens its page in Temporal's Web UI and never saw it before. */
export function runDetails(id: string, { target, steps }: Campaign): string {
  const workload = [target.kind, target.name ?? target.selector].filter((part) => part !== undefined).join(' ');
  const told = steps.slice(0, mostSteps).map((step, index) => `${index + 1}. ${tellStep(step)}`);
  const rest = steps.length > mostSteps ? [`… and ${steps.length - mostSteps} more`] : [];
  // The page shows some six lines of it: what matters to somebody in a hurry comes first.
  return [
    `A run of squall, which injects faults into ${workload} and undoes each. **Request Cancellation** ends it: everything is undone first. More: \`squall status ${id}\``,
    [...told, ...rest].join('\n'),
  ].join('\n\n');
}

function tellStep(step: Step): string {
  switch (step.kind) {
    case 'experiment':
      return tellExperiment(step.experiment);
    case 'parallel':
      return `side by side: ${step.experiments.map(tellExperiment).join('; ')}`;
    case 'wait':
      return `wait for ${formatDuration(step.durationMs)}`;
    case 'approval':
      return `wait for somebody to approve **${step.name}**`;
  }
}

function tellExperiment({ name, fault, durationMs }: ExperimentSpec): string {
  return `**${name}**: ${fault} for ${formatDuration(durationMs)}`;
}
