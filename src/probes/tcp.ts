import type { ProbeSpec } from '../contracts/campaign.ts';
import { defaultEgress } from '../security/egress.ts';
import { connectTcp } from './connect-tcp.ts';
import { numberParameter, textParameter } from './parameters.ts';
import type { OpenProbe, ProbeContext } from './probe.ts';
import { elapsedMs, takeSample } from './take-sample.ts';

/** How long a TCP connection takes to be made, its name's resolution included. */
export function openTcpProbe(spec: ProbeSpec, { egress = defaultEgress }: Pick<ProbeContext, 'egress'>): OpenProbe {
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
          await connectTcp(host, port, either, egress);
          return elapsedMs(since);
        },
        'no connection',
      ),
    detail: () => ({ host, port }),
    async [Symbol.asyncDispose]() {},
  };
}
