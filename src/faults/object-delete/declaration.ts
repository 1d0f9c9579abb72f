import { formatDuration, parseObjectName } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { listParameter, textParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { permissionsFor, whyNotRestorable } from './kinds.ts';

const parameters = parameterTable(
  {
    kind: textParameter({
      sets: 'kind',
      pattern: /^[A-Z][A-Za-z0-9]{0,62}$/,
      expected: 'a kind with a namespace, for example ConfigMap',
      example: 'ConfigMap',
      required: true,
      description: 'of the objects',
      refused: ['configmaps'],
    }),
    apiVersion: textParameter({
      sets: 'apiVersion',
      pattern: /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?v[a-z0-9]+$/,
      expected: 'a version of the API with its group, for example v1 or networking.k8s.io/v1',
      default: 'v1',
      example: 'networking.k8s.io/v1',
      description: 'of the kind',
      refused: ['networking.k8s.io', 'v1/v1/v1'],
    }),
    names: listParameter({
      sets: 'names',
      item: (value) => parseObjectName(value, 'settings'),
      expected: 'names of objects',
      example: ['settings'],
      required: true,
      description: 'in the namespace of the campaign; each has to exist',
      refused: ['Not A Name'],
    }),
  },
  {
    conflicts({ kind }) {
      const instead = whyNotRestorable(String(kind));
      return instead === undefined ? [] : [{ name: 'kind', found: String(kind), expected: instead }];
    },
    contradictions: [{ kind: 'Pod', names: ['redis-0'] }],
  },
);

export const objectDelete: FaultDeclaration = {
  name: 'object-delete',
  family: 'object',
  aliases: [],
  summary: 'Deletes objects such as a ConfigMap, a Secret or a Service, and creates them anew at the end.',
  notes: `Before an object is deleted, all of it that its author can set is kept in the cluster: in a ConfigMap, or, for a Secret
and for kinds that are not Kubernetes's own, in a Secret, with the label \`squall.dev/fault\`. It is created anew from that: data,
labels, annotations, owners, a Service's cluster IP and node ports are as they were; its uid and managedFields are new. What was
kept is deleted once the object has been read back. Where somebody has created an object of the same name meanwhile, theirs is
left, and the report says so.

Refused: objects with finalizers, objects a controller would bring back, and kinds whose deletion takes more away than creating
them anew brings back, such as workloads and volume claims. What belongs to an object of a kind squall does not know, by
ownerReferences, is collected by Kubernetes when it is deleted: know your kind.`,
  parameters,
  targets: 'objects',
  objects: ({ apiVersion, kind, names }) =>
    Array.isArray(names) ? names.map((name) => ({ apiVersion: String(apiVersion), kind: String(kind), name })) : [],
  defaultDurationMs: 30_000,
  holds: true,
  needsContainer: false,
  roles: [],
  permissions: permissionsFor('v1', 'ConfigMap'),
  permissionsFor: ({ apiVersion, kind }) => permissionsFor(String(apiVersion), String(kind)),
  needs: 'objects without finalizers that no controller brings back',
  exclusive: () => ['*'],
  litmus: null,
  example: `fault: object-delete
parameters:
  kind: Service
  names: [redis]
duration: 10s`,
  describeInject: ({ durationMs, targets }) => `keep and delete ${targets.join(', ')} for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `create ${targets.join(', ')} anew from what was kept, and compare`,
};
