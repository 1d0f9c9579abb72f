import assert from 'node:assert/strict';
import type { V1Pod } from '@kubernetes/client-node';
import { readLabState } from '../../../lab/state.ts';
import type { PodTarget } from '../../../src/contracts/plan.ts';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { eventually } from '../../support/eventually.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';

const port = 9121;

/** A response as another pod got it. */
interface Response {
  /** 0: the connection was reset, or closed without one */
  status: number;
  head: string;
  body: string;
  /** until all of it was there */
  ms: number;
}

describe('faults of HTTP on the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let target: PodTarget;

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    lab = await LabCluster.open('http');
    // A real HTTP app, of an image without a shell: the redis exporter.
    await Promise.all([
      lab.space.createPod('app', [], { image: state.images.exporter }),
      lab.space.createPod('peer', ['sleep', '3600'], { image: lab.image }),
    ]);
    target = await lab.podTarget('app');
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  /** Asks from another pod, over a connection of its own. */
  async function get(path: string): Promise<Response> {
    const script = `exec 3<>/dev/tcp/${target.ip}/${port} || exit 7
start=\${EPOCHREALTIME/./}
printf 'GET ${path} HTTP/1.1\\r\\nHost: app\\r\\nConnection: close\\r\\n\\r\\n' >&3
answer=$(timeout 20 cat <&3 2>/dev/null)
echo $(( (\${EPOCHREALTIME/./} - start) / 1000 ))
printf '%s' "$answer"`;
    const result = await lab.cluster.exec({ namespace: lab.space.name, pod: 'peer', container: 'main' }, ['bash', '-c', script], {
      timeoutMs: 30_000,
    });
    assert.equal(result.exitCode, 0, result.stderr);
    const [ms = '', ...answer] = result.stdout.split('\n');
    const [head = '', ...body] = answer.join('\n').split('\r\n\r\n');
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body: body.join('\r\n\r\n'), ms: Number(ms) };
  }

  const place = () => ({ targets: [target], namespace: lab.space.name });
  const measure = async () => ({ health: await get('/health'), other: await get('/') });
  type Measured = Awaited<ReturnType<typeof measure>>;
  const untouched = ({ other }: Measured) => other.status === 200 && other.ms < 300 && /<html/i.test(other.body);
  const healthy = ({ health, other }: Measured) =>
    health.status === 200 && health.body === 'ok' && health.ms < 300 && untouched({ health, other });

  it('pod-http-latency holds responses for this path, and no others', async () => {
    await exerciseFault(lab.context, {
      ...place(),
      fault: 'pod-http-latency',
      parameters: { port, latency: '400ms', path: '/health' },
      measure,
      inEffect: (during) => during.health.ms >= 400 && during.health.ms < 700 && during.health.body === 'ok' && untouched(during),
      gone: healthy,
      tell: (before, during, after) =>
        `GET /health: ${before.health.ms} ms before, ${during.health.ms} ms while it held, ${after.health.ms} ms afterwards; another path: ${during.other.ms} ms`,
    });
  });

  it('pod-http-status-code answers with another status', async () => {
    await exerciseFault(lab.context, {
      ...place(),
      fault: 'pod-http-status-code',
      measure,
      inEffect: (during) => during.health.status === 503 && /^503/.test(during.health.body) && untouched(during),
      gone: healthy,
      tell: (before, during, after) =>
        `GET /health: ${before.health.status} before, ${during.health.status} while it held, ${after.health.status} afterwards; another path: ${during.other.status}`,
    });
  });

  it('pod-http-modify-header sets a header', async () => {
    const region = ({ health: { head } }: Measured) => /^X-Region: (.*?)\r?$/m.exec(head)?.[1] ?? 'none';
    await exerciseFault(lab.context, {
      ...place(),
      fault: 'pod-http-modify-header',
      measure,
      inEffect: (during) => region(during) === 'nowhere' && during.health.body === 'ok' && untouched(during),
      gone: (after) => region(after) === 'none' && healthy(after),
      tell: (before, during, after) => `X-Region: ${region(before)} before, ${region(during)} while it held, ${region(after)} afterwards`,
    });
  });

  it('pod-http-modify-body answers with another body', async () => {
    await exerciseFault(lab.context, {
      ...place(),
      fault: 'pod-http-modify-body',
      parameters: { port, body: '{"status":"unknown"}', contentType: 'application/json', path: '/health' },
      measure,
      inEffect: (during) =>
        during.health.body === '{"status":"unknown"}' && /application\/json/.test(during.health.head) && untouched(during),
      gone: healthy,
      tell: (before, during, after) =>
        `GET /health: ${before.health.body} before, ${during.health.body} while it held, ${after.health.body} afterwards`,
    });
  });

  it('pod-http-reset-peer resets connections', async () => {
    await exerciseFault(lab.context, {
      ...place(),
      fault: 'pod-http-reset-peer',
      parameters: { port, after: '100ms', path: '/health' },
      measure,
      inEffect: (during) => during.health.status === 0 && during.health.ms >= 100 && during.health.ms < 1000 && untouched(during),
      gone: healthy,
      tell: (before, during, after) =>
        `GET /health: ${before.health.status} before, reset after ${during.health.ms} ms while it held, ${after.health.status} afterwards`,
    });
  });

  it('a port that nothing listens on is refused, with those that are there', async () => {
    const { verbs, draft } = drafted(lab.context, { ...place(), fault: 'pod-http-latency', parameters: { port: 80 } });
    await assert.rejects(
      verbs.prepare(lab.context, draft),
      (error) => error instanceof RefusedError && error.message.includes(`app listens on ${port}`),
    );
  });

  it('a pod in the network of its node is refused, since the node would be hit', async () => {
    await lab.cluster.createObject<V1Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'host', namespace: lab.space.name },
      spec: {
        hostNetwork: true,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }],
      },
    });
    await lab.space.awaitPod('host', 'running', (pod) => pod?.status?.phase === 'Running' && pod.status.podIP !== undefined);
    const { verbs, draft } = drafted(lab.context, {
      targets: [await lab.podTarget('host')],
      namespace: lab.space.name,
      fault: 'pod-http-latency',
      parameters: { port },
    });
    await assert.rejects(
      verbs.prepare(lab.context, draft),
      (error) => error instanceof RefusedError && /all of the node/.test(error.message),
    );
  });

  /** Starts a fault that is over in a minute; whoever starts it reverts it. */
  async function start(fault: string, parameters: Record<string, unknown>) {
    const { verbs, draft } = drafted(lab.context, { ...place(), fault, parameters: { port, ...parameters } });
    const { mechanism } = await verbs.prepare(lab.context, draft);
    const instance = { ...draft, mechanism, endsAt: Date.now() + 60_000, deadline: Date.now() + 65_000 };
    await verbs.inject(lab.context, instance);
    return { id: draft.id, revert: () => verbs.revert(lab.context, instance) };
  }

  it('two that do different things to a port add up, and each ends by itself', async () => {
    const slow = await start('pod-http-latency', { latency: '600ms', path: '/health' });
    const status = await start('pod-http-status-code', { statusCode: 503 });
    const refused = ({ health, other }: Measured) => health.status === 503 && other.status === 503 && other.ms < 500;
    await eventually('both', measure, (both) => refused(both) && both.health.ms >= 600);
    await slow.revert();
    await eventually('one of two', measure, (one) => refused(one) && one.health.ms < 500);
    await status.revert();
    await eventually('none', measure, healthy);
  });

  it('two that do the same to a port are refused, in the words of the agent', async () => {
    const { id, revert } = await start('pod-http-latency', { latency: '1ms' });
    try {
      await assert.rejects(start('pod-http-latency', { latency: '2ms' }), new RegExp(id));
    } finally {
      await revert();
    }
  });
});
