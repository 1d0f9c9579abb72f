import assert from 'node:assert/strict';
import type { V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { PodTarget } from '../../src/contracts/plan.ts';
import { drafted, exerciseFault } from '../support/exercise-fault.ts';
import { LabCluster } from '../support/lab-cluster.ts';

/** What images and pods there are in the field, and whether squall's carriers can be put beside them. */
describe('carriers on the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;

  before(async () => {
    lab = await LabCluster.open('carriers');
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  const sleeping = ['sh', '-c', 'trap : TERM; while :; do sleep 1; done'];
  const pods: [string, Partial<V1PodSpec>, object][] = [
    ['root', {}, { command: sleeping }],
    ['user', { securityContext: { runAsUser: 1234, runAsGroup: 1234, runAsNonRoot: true } }, { command: sleeping }],
    // Its main process is not the user that processes run in the container are.
    ['dropped', {}, { command: ['setpriv', '--reuid=1234', '--regid=1234', '--clear-groups', ...sleeping] }],
    ['read-only', {}, { command: sleeping, securityContext: { readOnlyRootFilesystem: true } }],
    [
      'restricted',
      { securityContext: { runAsUser: 1234, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } },
      { command: sleeping, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
    ],
    ['shared', { shareProcessNamespace: true }, { command: sleeping }],
  ];

  async function create(name: string, spec: Partial<V1PodSpec>, container: object): Promise<PodTarget> {
    await lab.cluster.createObject<V1Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: lab.space.name },
      spec: {
        terminationGracePeriodSeconds: 0,
        ...spec,
        containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', ...container }],
      },
    });
    await lab.space.awaitPod(name, 'running', (pod) => pod?.status?.containerStatuses?.[0]?.state?.running !== undefined);
    return lab.podTarget(name);
  }

  for (const [name, spec, container] of pods) {
    it(`loads a container: ${name}`, async () => {
      const target = await create(name, spec, container);
      const read = async () => {
        const address = { namespace: lab.space.name, pod: name, container: 'main' };
        const script = `grep -l memory[-]worker /proc/[0-9]*/cmdline 2>/dev/null | while read f; do awk '/VmRSS/ {print int($2 / 1024)}' "\${f%cmdline}status"; done | sort -n | tail -1`;
        const { stdout } = await lab.cluster.exec(address, ['bash', '-c', script], { timeoutMs: 20_000 });
        return Number(stdout.trim() || 0);
      };
      await exerciseFault(lab.context, {
        fault: 'pod-memory-hog',
        parameters: { memory: '48Mi' },
        targets: [target],
        namespace: lab.space.name,
        measure: read,
        inEffect: (during) => during >= 48,
        gone: (after) => after === 0,
      });
    });
  }

  it('loads, pauses and kills a container whose image has nothing but its program', async () => {
    const target = await create(
      'bare',
      {},
      { image: lab.context.agentImage, command: ['/squall-agent', 'serve', '--socket', '/run/own.sock'] },
    );
    const alive = async () => {
      const [status] = (await lab.cluster.readPod(lab.space.name, 'bare'))?.status?.containerStatuses ?? [];
      return status?.restartCount ?? Number.NaN;
    };
    for (const fault of ['pod-cpu-hog', 'process-pause', 'container-kill']) {
      await exerciseFault<number>(lab.context, {
        fault,
        targets: [target],
        namespace: lab.space.name,
        measure: alive,
        inEffect: (during, before) => during === before + (fault === 'container-kill' ? 1 : 0),
        gone: (after, before) => after === before + (fault === 'container-kill' ? 1 : 0),
      });
    }
  });

  it('pauses and kills just one of the containers that share their processes', async () => {
    const command = ['bash', '-c', 'while :; do echo $SECONDS > /ticks/$0; sleep 0.1; done'];
    const volumeMounts = [{ name: 'ticks', mountPath: '/ticks' }];
    const one = (name: string) => ({ name, image: lab.image, imagePullPolicy: 'IfNotPresent', command: [...command, name], volumeMounts });
    await lab.cluster.createObject<V1Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'two', namespace: lab.space.name },
      spec: {
        terminationGracePeriodSeconds: 0,
        shareProcessNamespace: true,
        volumes: [{ name: 'ticks', emptyDir: {} }],
        containers: [one('main'), one('other')],
      },
    });
    await lab.space.awaitPod('two', 'running', (pod) => pod?.status?.containerStatuses?.every(({ ready }) => ready) === true);
    const target = await lab.podTarget('two');
    /** seconds since each last wrote */
    const read = async () => {
      const script = 'for n in main other; do echo $(( $(date +%s) - $(stat -c %Y /ticks/$n) )); done';
      const { stdout } = await lab.cluster.exec({ namespace: lab.space.name, pod: 'two', container: 'other' }, ['bash', '-c', script], {
        timeoutMs: 20_000,
      });
      const [main = Number.NaN, other = Number.NaN] = stdout.trim().split('\n').map(Number);
      const statuses = (await lab.cluster.readPod(lab.space.name, 'two'))?.status?.containerStatuses ?? [];
      const restarts = Object.fromEntries(statuses.map(({ name, restartCount }) => [name, restartCount]));
      return { main, other, restarts };
    };
    await exerciseFault(lab.context, {
      fault: 'process-pause',
      targets: [target],
      namespace: lab.space.name,
      measure: read,
      inEffect: ({ main, other }) => main >= 3 && other <= 1,
      gone: ({ main, other }) => main <= 1 && other <= 1,
    });
    await exerciseFault(lab.context, {
      fault: 'container-kill',
      targets: [target],
      namespace: lab.space.name,
      measure: read,
      inEffect: ({ restarts }) => restarts.main === 1 && restarts.other === 0,
      gone: ({ main, other }) => main <= 1 && other <= 1,
    });
  });

  it('is in a namespace of level restricted where it needs no more than its target', async () => {
    const patch = (op: 'add' | 'remove') =>
      lab.space.core.patchNamespace({
        name: lab.space.name,
        body: [{ op, path: '/metadata/labels/pod-security.kubernetes.io~1enforce', value: 'restricted' }],
      });
    await patch('add');
    try {
      const target = await create('strict', pods[4]?.[1] ?? {}, pods[4]?.[2] ?? {});
      const { verbs, draft } = drafted(lab.context, { fault: 'pod-cpu-hog', targets: [target], namespace: lab.space.name });
      assert.equal((await verbs.prepare(lab.context, draft)).mechanism, 'cpu-workers');
      const network = drafted(lab.context, { fault: 'pod-network-latency', targets: [target], namespace: lab.space.name });
      await assert.rejects(network.verbs.prepare(lab.context, network.draft), /violates PodSecurity "restricted/);
    } finally {
      await patch('remove');
    }
  });
});
