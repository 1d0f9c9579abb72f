/** `squall worker`: the worker process, in this one. */
export async function worker(): Promise<number> {
  await import('../worker.ts');
  return exitCode();
}

/** `squall api`: the API process, in this one. */
export async function api(): Promise<number> {
  await import('../api.ts');
  return exitCode();
}

/** Each sets it when it could not start. */
function exitCode(): number {
  return typeof process.exitCode === 'number' ? process.exitCode : 0;
}
