import type { V1LabelSelector } from '@kubernetes/client-node';

/** A label selector as kubectl writes it, for example `app=redis,tier in (a,b)`; an empty one selects everything. */
export function formatLabelSelector({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): string {
  const equalities = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        throw new Error(`label selector operator ${operator} of key ${key}: expected In, NotIn, Exists or DoesNotExist`);
    }
  });
  return [...equalities, ...expressions].join(',');
}
