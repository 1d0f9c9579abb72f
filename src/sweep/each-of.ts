/** Calls `act` for each, so many at a time; the results in the items' order. The first failure is thrown once all have ended. */
export async function eachOf<T, R>(atOnce: number, items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const next = items.entries();
  const work = async () => {
    for (const [index, item] of next) {
      try {
        results[index] = await act(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
