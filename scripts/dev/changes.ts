import { watch } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** An editor writes several files, and each more than once: what comes within this time is one change. */
const quietMs = 300;

/** Calls `onChange` after each change of a file below a folder, never twice at once; ends when the signal is aborted. */
export async function onChanges(folder: string, signal: AbortSignal, onChange: () => Promise<void>): Promise<void> {
  let changed = false;
  let acting = Promise.resolve();
  const act = async (): Promise<void> => {
    while (changed && !signal.aborted) {
      await delay(quietMs);
      changed = false;
      await onChange();
    }
  };
  try {
    for await (const { filename } of watch(folder, { recursive: true, signal })) {
      if (filename === null || !filename.endsWith('.ts') || changed) continue;
      changed = true;
      acting = acting.then(act);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await acting;
}
