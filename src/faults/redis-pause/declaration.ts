import { formatDuration } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import type { FaultDeclaration } from '../definition.ts';
import { choiceParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { recordPermissions } from '../record/permissions.ts';
import { redisPermissions } from '../redis/permissions.ts';

const parameters = parameterTable(
  {
    mode: choiceParameter({
      sets: 'mode',
      choices: ['client-pause', 'debug-sleep'],
      default: 'client-pause',
      description: 'client-pause holds clients back; debug-sleep stops all redis does, replication too, where DEBUG is enabled',
    }),
    commands: choiceParameter({
      sets: 'commands',
      choices: ['write', 'all'],
      default: 'write',
      description: 'for client-pause: what is held back',
    }),
  },
  {
    conflicts: ({ mode, commands }) =>
      mode === 'debug-sleep' && commands === 'write'
        ? [{ name: 'commands', found: 'write with mode: debug-sleep', expected: 'all: everything stops' }]
        : [],
    contradictions: [{ mode: 'debug-sleep', commands: 'write' }],
  },
);

export const redisPause: FaultDeclaration = {
  name: 'redis-pause',
  family: 'redis',
  aliases: [],
  summary: "Has redis hold back its clients' writes, or everything, for a time.",
  notes: `Redis itself keeps the time, so the pause ends even if nothing of squall is left. Only a pause of writes can be ended early.
\`commands: all\` and \`debug-sleep\` hold back whatever would end them too: they last until the planned end, and cancelling the
run waits for it. A liveness probe that asks redis may restart the container then, which ends the pause.

Sentinel elects another primary when either lasts longer than its \`down-after-milliseconds\`: a pause of writes holds back
what a Sentinel publishes to be found by the others, and with it its PINGs behind that on the same connection.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 10_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  application: 'redis',
  permissions: [...redisPermissions, ...recordPermissions],
  needs: 'redis 6.2 or newer; for debug-sleep, enable-debug-command where redis is 7 or newer',
  exclusive: () => ['redis-clients'],
  targetsAwayForMs: (_, durationMs) => durationMs,
  litmus: null,
  example: `fault: redis-pause
target: { role: redis-primary }
parameters:
  commands: write
duration: 5s`,
  describeInject: ({ parameters: effective, durationMs, targets }) =>
    `hold back ${isDeaf(effective) ? 'everything' : 'writes'} in ${targets.join(', ')} for ${formatDuration(durationMs)}, by ${effective.mode}`,
  describeUndo: ({ parameters: effective, targets }) =>
    isDeaf(effective)
      ? `redis ends it itself; see that ${targets.join(', ')} answers`
      : `CLIENT UNPAUSE in ${targets.join(', ')}, and see that a write is taken`,
};

/** Whether nothing at all is answered. */
function isDeaf({ mode, commands }: Parameters): boolean {
  return mode === 'debug-sleep' || commands === 'all';
}
