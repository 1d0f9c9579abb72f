import { type Agent, fetch } from 'undici';
import type { ProbeSpec } from '../contracts/campaign.ts';
import { rootMessage } from '../root-message.ts';
import { defaultEgress } from '../security/egress.ts';
import { guardedAgent } from '../security/guarded-connect.ts';
import { redact } from '../security/redact.ts';
import { numberParameter, textParameter } from './parameters.ts';
import type { OpenProbe, ProbeContext } from './probe.ts';
import { elapsedMs, takeSample } from './take-sample.ts';

/** How long a GET takes, to the last byte, that answers with the expected status. Redirects are answers. */
export function openHttpProbe(spec: ProbeSpec, { egress = defaultEgress }: Pick<ProbeContext, 'egress'>): OpenProbe {
  const url = textParameter(spec, 'url');
  const expected = numberParameter(spec, 'expectedStatus');
  const agent = guardedAgent(egress);
  return {
    unit: 'ms',
    reach: 'http',
    sample: (signal) =>
      takeSample(spec, signal, async (either) => {
        const since = performance.now();
        const status = await get(url, agent, either);
        if (status !== expected) throw new Error(`HTTP ${status}, expected ${expected}`);
        return elapsedMs(since);
      }),
    detail: () => ({ url: redact(url) }),
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}

async function get(url: string, dispatcher: Agent, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(url, { signal, redirect: 'manual', dispatcher });
    for await (const _ of response.body ?? []) {
      // read to its end, and not kept
    }
    return response.status;
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(rootMessage(error), { cause: error });
  }
}
