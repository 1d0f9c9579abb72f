import { searchAttributes } from '../../contracts/names.ts';
import type { Grant, Principal } from './principal.ts';

/**
 * What a visibility query must say beside its own filters so that it finds only runs that the caller may read; null: it may
 * read all. A caller without grants finds none.
 */
export function readableRuns({ grants }: Principal): string | null {
  const clauses = grants.map(placesOf);
  if (clauses.includes('')) return null;
  const distinct = [...new Set(clauses)];
  return distinct.length === 0 ? `${searchAttributes.cluster.name} IS NULL` : `(${distinct.join(' OR ')})`;
}

/** Empty: everywhere. */
function placesOf({ clusters, namespaces }: Grant): string {
  const parts = [anyOf(searchAttributes.cluster.name, clusters), anyOf(searchAttributes.namespace.name, namespaces)].filter(
    (part) => part !== '',
  );
  return parts.length === 0 ? '' : `(${parts.join(' AND ')})`;
}

/** Patterns have been parsed: none has a quote in it. */
function anyOf(attribute: string, patterns: readonly string[]): string {
  if (patterns.includes('*')) return '';
  const tests = patterns.map((pattern) =>
    pattern.endsWith('*') ? `${attribute} STARTS_WITH '${pattern.slice(0, -1)}'` : `${attribute} = '${pattern}'`,
  );
  return `(${tests.join(' OR ')})`;
}
