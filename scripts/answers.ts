/** Whether a URL answers with a success; false while nobody listens there. @throws the signal's reason once it is aborted */
export async function answers(url: string, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await fetch(url, { signal: signal ?? null })).ok;
  } catch (error) {
    if (signal?.aborted) throw error;
    return false;
  }
}
