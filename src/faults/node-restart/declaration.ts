import { formatDuration } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusNoEffect } from '../definition.ts';
import { nodeControlPermissions } from '../node/carrier-permissions.ts';
import { controlPlaneNodes } from '../node/isolation-parameters.ts';
import { nodeObjectPermissions } from '../node/permissions.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const noSsh = litmusNoEffect('squall needs no SSH: a pod of its own on the node tells systemd');

export const nodeRestart: FaultDeclaration = {
  name: 'node-restart',
  family: 'node',
  aliases: [],
  summary: 'Restarts the machines that nodes are, in an orderly way.',
  notes: `systemd is told what \`systemctl reboot\` tells it: units are stopped in order, then the machine restarts. That is done only where
process 1 is the systemd of the very machine that the kubelet runs on: a node that is a container, or a part of a machine that others
share, is refused. The node's boot id is written on the node before, so that a retry restarts no node twice.

Nothing holds: \`duration\` is how long the consequences are observed. Nothing can be undone, either. That a node comes up again is
awaited, however long it takes: one that does not needs a person.`,
  parameters: parameterTable({ controlPlaneNodes }),
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: false,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: [...nodeControlPermissions, ...nodeObjectPermissions],
  needs: 'systemd on the node, and a namespace that takes a pod with hostNetwork, hostPID and SYS_PTRACE',
  exclusive: () => ['*'],
  targetsAwayForMs: () => Number.POSITIVE_INFINITY,
  litmus: {
    experiment: 'node-restart',
    defaults: {},
    defaultDurationMs: 30_000,
    env: {
      TARGET_NODE_IP: noSsh,
      SSH_USER: noSsh,
      REBOOT_COMMAND: {
        read(value) {
          const usual = /^(sudo )?(\S*\/)?(systemctl reboot|reboot|shutdown -r( now)?)$/.test(value.trim());
          if (usual) return { kind: 'no-effect' };
          const expected = 'sudo systemctl reboot: squall tells systemd to reboot, and runs no command';
          return { kind: 'problem', found: JSON.stringify(value), expected };
        },
      },
    },
  },
  notOnTheLab: "the lab's nodes share one machine, whose first process is not theirs; it is tested up to the refusal that says so",
  example: `fault: node-restart
target: { role: redis-primary }
duration: 3m`,
  describeInject: ({ targets, durationMs }) => `restart ${targets.join(', ')}, and observe for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `nothing can be undone: wait until ${targets.join(', ')} are Ready again`,
};
