import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from '../contracts/names.ts';

// temporal.api.enums.v1.IndexedValueType
const indexedValueTypes = { KEYWORD: 2, DOUBLE: 4, KEYWORD_LIST: 7 } as const;
const grpcAlreadyExists = 6;

/** Registers squall's search attributes with the namespace, those that are not there yet. */
export async function registerSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter(({ name }) => !Object.hasOwn(customAttributes ?? {}, name));
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, indexedValueTypes[type]])),
    });
  } catch (error) {
    // Another worker was first.
    if ((error as { code?: number }).code !== grpcAlreadyExists) throw error;
  }
}
