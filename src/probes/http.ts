import type { ProbeSpec } from '../contracts/campaign.ts';
import { rootMessage } from '../root-message.ts';
import { numberParameter, textParameter } from './parameters.ts';
import type { OpenProbe } from './probe.ts';
import { elapsedMs, takeSample } from './take-sample.ts';

/** How long a GET takes, to the last byte, that answers with the expected status. Redirects are answers. */
export function openHttpProbe(spec: ProbeSpec): OpenProbe {
  const url = textParameter(spec, 'url');
  const expected = numberParameter(spec, 'expectedStatus');
  return {
    unit: 'ms',
    reach: 'http',
    sample: (signal) =>
      takeSample(spec, signal, async (either) => {
        const since = performance.now();
        const status = await get(url, either);
        if (status !== expected) throw new Error(`HTTP ${status}, expected ${expected}`);
        return elapsedMs(since);
      }),
    detail: () => ({ url }),
    async [Symbol.asyncDispose]() {},
  };
}

async function get(url: string, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(url, { signal, redirect: 'manual' });
    for await (const _ of response.body ?? []) {
      // read to its end, and not kept
    }
    return response.status;
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(rootMessage(error), { cause: error });
  }
}
