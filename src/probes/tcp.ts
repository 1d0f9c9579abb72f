import type { ProbeSpec } from '../contracts/campaign.ts';
import { connectTcp } from './connect-tcp.ts';
import { numberParameter, textParameter } from './parameters.ts';
import type { OpenProbe } from './probe.ts';
import { elapsedMs, takeSample } from './take-sample.ts';

/** How long a TCP connection takes to be made, its name's resolution included. */
export function openTcpProbe(spec: ProbeSpec): OpenProbe {
  const host = textParameter(spec, 'host');
  const port = numberParameter(spec, 'port');
  return {
    unit: 'ms',
    reach: 'tcp',
    sample: (signal) =>
      takeSample(
        spec,
        signal,
        async (either) => {
          const since = performance.now();
          await connectTcp(host, port, either);
          return elapsedMs(since);
        },
        'no connection',
      ),
    detail: () => ({ host, port }),
    async [Symbol.asyncDispose]() {},
  };
}
