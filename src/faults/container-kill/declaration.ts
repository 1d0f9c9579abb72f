import { formatDuration, parseChoice } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import { type FaultDeclaration, litmusNoEffect, litmusSets } from '../definition.ts';
import { choiceParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const signals = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGABRT', 'SIGSEGV', 'SIGUSR1', 'SIGUSR2'] as const;

const parameters = parameterTable({
  signal: choiceParameter({
    sets: 'signal',
    choices: signals,
    default: 'SIGKILL',
    example: 'SIGTERM',
    description: 'what the main process is sent; all but SIGKILL are refused unless it handles them, since the kernel would drop them',
  }),
});

const litmusIntervalMs = 10_000;

export const containerKill: FaultDeclaration = {
  name: 'container-kill',
  family: 'stress',
  aliases: [],
  summary: 'Kills the main process of a container; the kubelet has to start it anew.',
  notes: `The pod stays, with its address and its volumes. With \`repeatEvery\` on the experiment it is done again while its duration
lasts, on targets chosen anew; the kubelet waits longer before each restart then (10 s, 20 s, 40 s …). A kill is bound to the
container's id: after a retry, none is repeated.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 20_000,
  holds: false,
  needsContainer: true,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
  needs: 'the capabilities SYS_PTRACE and KILL for an ephemeral container with user 0: no Pod Security of level baseline or restricted',
  exclusive: () => ['*'],
  podsAway: (_parameters, _durationMs, reached) => reached,
  litmus: {
    experiment: 'container-kill',
    defaults: {},
    defaultDurationMs: 20_000,
    env: {
      SIGNAL: litmusSets(
        (value) => parseChoice(/^SIG/.test(value) ? value : `SIG${value}`, signals),
        (signal) => ({ signal }),
      ),
      CONTAINER_API_TIMEOUT: litmusNoEffect('squall asks no container runtime'),
    },
    review({ env, durationMs }) {
      if (env.has('CHAOS_INTERVAL') || durationMs <= litmusIntervalMs) return [];
      const message = `Litmus would kill again every ${formatDuration(litmusIntervalMs)} for ${formatDuration(durationMs)}; squall kills once and observes for that long. CHAOS_INTERVAL, when it is given, repeats it`;
      return [{ kind: 'warning', code: 'litmus-differs', message }];
    },
  },
  example: `fault: container-kill
target: { count: 1 }
parameters:
  signal: SIGKILL
duration: 5s`,
  describeInject: ({ parameters, targets }) => `send ${parameters.signal} to the main process of a container of ${targets.join(', ')}`,
  describeUndo: () => 'nothing to undo: the kubelet starts the container anew; its readiness is awaited',
};
