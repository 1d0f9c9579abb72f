import { field, mapping } from '../../campaign/fields.ts';
import { formatDuration, parseInteger, parsePercent } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';

const maxCores = 256;
const parseCores = (value: unknown) => parseInteger(value, { min: 0, max: maxCores });
const parseLoad = (value: unknown) => parsePercent(value, { min: 1 });

/** `cores`: how many processors' worth of work, 0 for as many as the node has; `loadPercent`: of each. */
const parameters = mapping({ cores: field(parseCores).default(1), load: field(parseLoad).default(100) }).transform(({ cores, load }) => ({
  cores,
  loadPercent: load,
}));

export const podCpuHog: FaultDeclaration = {
  name: 'pod-cpu-hog',
  aliases: [],
  summary: "Burns CPU inside a container's own cgroup, within its limits.",
  parameters,
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: true,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
  litmus: {
    experiment: 'pod-cpu-hog',
    defaults: { cores: 0 },
    defaultDurationMs: 60_000,
    env: {
      CPU_CORES: litmusSets(parseCores, (cores) => ({ cores })),
      CPU_LOAD: litmusSets(parseLoad, (loadPercent) => ({ loadPercent })),
    },
  },
  describeInject({ parameters: { cores, loadPercent }, durationMs, pods }) {
    const load = cores === 0 ? `every CPU of the node at ${loadPercent} %` : `${cores} CPU at ${loadPercent} %`;
    return `burn ${load} in ${pods.join(', ')} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ pods }) => `end the CPU workers in ${pods.join(', ')} and see that none is left`,
};
