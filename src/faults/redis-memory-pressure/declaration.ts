import { formatDuration } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { bytesParameter, flagParameter, percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { recordPermissions } from '../record/permissions.ts';
import { redisPermissions } from '../redis/permissions.ts';

const parameters = parameterTable(
  {
    percent: percentParameter({
      sets: 'percent',
      min: 1,
      example: '95%',
      description: 'so full redis is to be, as a share of its maxmemory',
    }),
    bytes: bytesParameter({ sets: 'bytes', min: 2 ** 16, example: '64Mi', description: 'or so much is added to what it holds' }),
    allowEviction: flagParameter({
      sets: 'allowEviction',
      default: false,
      description: 'also where redis evicts keys when it is full, which may be yours',
    }),
  },
  {
    conflicts({ percent, bytes }) {
      if (percent !== undefined && bytes !== undefined)
        return [{ name: 'bytes', found: `${bytes} beside percent: ${percent}%`, expected: 'either of them' }];
      if (percent === undefined && bytes === undefined) return [{ name: '', found: 'neither percent nor bytes', expected: 'one of them' }];
      return [];
    },
    contradictions: [{ percent: '50%', bytes: '64Mi' }],
  },
);

export const redisMemoryPressure: FaultDeclaration = {
  name: 'redis-memory-pressure',
  family: 'redis',
  aliases: [],
  summary: 'Fills redis to a share of its memory with keys that expire by themselves.',
  notes: `The keys begin with \`squall:\` and the fault's id; each has the fault's deadline as its own, in redis itself. Replicas get
them too. At 100 % a redis that evicts nothing refuses writes (OOM). One that evicts keys is refused unless \`allowEviction\` is
true: they could be yours, and are not brought back. Only database 0 is filled.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary'],
  application: 'redis',
  permissions: [...redisPermissions, ...recordPermissions],
  needs: 'a primary with maxmemory, or bytes',
  exclusive: () => ['redis-memory'],
  litmus: null,
  example: `fault: redis-memory-pressure
target: { role: redis-primary }
parameters:
  percent: 90%
duration: 5s`,
  describeInject({ parameters: { percent, bytes }, durationMs, targets }) {
    const much = bytes === undefined ? `to ${percent} % of its maxmemory` : `with ${bytes} bytes more`;
    return `fill ${targets.join(', ')} ${much} for ${formatDuration(durationMs)}`;
  },
  describeUndo: () => "unlink the fault's keys wherever the primary is, and see that none is left on any instance",
};
