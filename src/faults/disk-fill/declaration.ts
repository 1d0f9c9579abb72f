import { formatDuration, parseBytes, parsePercent } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import { type FaultDeclaration, litmusNoEffect, litmusSets } from '../definition.ts';
import { bytesParameter, choiceParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { amountParameter, describeAmount, writeAmount } from '../stress/amount.ts';
import { bareMebibytes } from '../stress/litmus-units.ts';
import { pathParameter } from '../stress/path-parameter.ts';

const parameters = parameterTable({
  fill: amountParameter({
    sets: 'fill',
    default: '80%',
    of: 'up to which the file system is used then',
    example: '2Gi',
    description: 'a percentage is that of the file system in use afterwards; bytes are added to what is in use',
  }),
  of: choiceParameter({
    sets: 'of',
    choices: ['file-system', 'ephemeral-limit'],
    default: 'file-system',
    description: "what a percentage is of: the file system, or the container's limit of ephemeral-storage, of which so much is written",
  }),
  leave: bytesParameter({
    sets: 'leaveBytes',
    min: 0,
    default: '256Mi',
    example: '1Gi',
    description: "how much has to stay free, or the fault is refused: the file system may be the node's own",
  }),
  path: pathParameter,
});

export const diskFill: FaultDeclaration = {
  name: 'disk-fill',
  family: 'stress',
  aliases: [],
  summary: 'Fills a file system of a container.',
  notes: `The file has no name: its space is free again at once, whatever ends the fault, even a crash of the node. The kubelet, which
measures a pod's ephemeral storage by walking directories, does not see it: it does not evict the pod for it, but does see the
node's disk fill. A container's own file system mostly is the node's disk, so the other pods there feel it, too: prefer a volume.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: true,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
  needs: 'a directory that can be written to by the container; no shell',
  exclusive: ({ path }) => [`io:${typeof path === 'string' ? path : ''}`],
  litmus: {
    experiment: 'disk-fill',
    defaults: { of: 'ephemeral-limit' },
    defaultDurationMs: 60_000,
    env: {
      FILL_PERCENTAGE: litmusSets(
        (value) => parsePercent(value, { min: 1 }),
        (percent) => ({ fill: writeAmount({ percent }) }),
      ),
      EPHEMERAL_STORAGE_MEBIBYTES: litmusSets(
        (value) => parseBytes(bareMebibytes(value)),
        (bytes) => ({ fill: writeAmount({ bytes }) }),
      ),
      DATA_BLOCK_SIZE: litmusNoEffect('squall does not write block by block where the file system can be asked for the space'),
    },
  },
  example: `fault: disk-fill
target: { count: 1 }
parameters:
  fill: 64Mi
  path: /tmp
duration: 5s`,
  describeInject({ parameters: { fill, of, path }, durationMs, targets }) {
    const what = of === 'file-system' ? 'of the file system' : 'of the limit of ephemeral-storage';
    const where = typeof path === 'string' ? ` at ${path}` : '';
    return `fill ${describeAmount(String(fill), what)}${where} in ${targets.join(', ')} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `give the space back in ${targets.join(', ')} and read back how full the file system is`,
};
