import { formatDuration } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import type { FaultDeclaration } from '../definition.ts';
import { textParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable({
  processes: textParameter({
    sets: 'processes',
    pattern: /^[^/\s][^/]{0,63}$/,
    expected: 'main, all, or a pattern of names such as redis-*',
    default: 'all',
    example: 'main',
    refused: ['a/b'],
    description: "main is the container's first process, all is it and what it started; or those whose names match",
  }),
});

export const processPause: FaultDeclaration = {
  name: 'process-pause',
  family: 'stress',
  aliases: [],
  summary: 'Freezes the processes of a container, and lets them run on.',
  notes: `As if the node had stalled: connections stay open, the kernel goes on accepting, and nothing answers. A liveness probe that
fails meanwhile has the kubelet restart the container, which ends the pause. Processes are stopped by ptrace rather than by a
signal, since the kernel keeps PID 1 of a container from SIGSTOP; they run on by themselves when what holds them dies.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 30_000,
  holds: true,
  needsContainer: true,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
  needs: 'the capability SYS_PTRACE for an ephemeral container with user 0: no Pod Security of level baseline or restricted',
  exclusive: () => ['processes'],
  targetsAwayForMs: (_parameters, durationMs) => durationMs,
  litmus: null,
  example: `fault: process-pause
target: { count: 1 }
parameters:
  processes: all
duration: 5s`,
  describeInject: ({ parameters, durationMs, targets }) =>
    `freeze ${describeProcesses(String(parameters.processes))} of ${targets.join(', ')} for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `let the processes of ${targets.join(', ')} run on and see that none is stopped`,
};

function describeProcesses(which: string): string {
  if (which === 'main') return 'the main process';
  return which === 'all' ? 'all processes' : `the processes ${which}`;
}
