import type { PodTarget } from '../../../src/contracts/plan.ts';
import { exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';

const servers = ['shop-0', 'shop-1'];

describe('the fault application-outage on the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let targets: PodTarget[];

  before(async () => {
    lab = await LabCluster.open('outage');
    const { image } = lab;
    await Promise.all([
      ...servers.map((name) => lab.space.createPod(name, ['redis-server', '--save', ''], { image, labels: { tier: 'shop' } })),
      lab.space.createPod('client', ['sleep', '3600'], { image }),
    ]);
    targets = await Promise.all(servers.map((name) => lab.podTarget(name)));
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  /** How many of the application's pods answer another pod. */
  async function answering(): Promise<number> {
    const client = { namespace: lab.space.name, pod: 'client', container: 'main' };
    const answers = await Promise.all(
      targets.map(({ ip }) => lab.cluster.exec(client, ['timeout', '2', 'redis-cli', '-h', ip, 'PING'], { timeoutMs: 20_000 })),
    );
    return answers.filter(({ stdout }) => stdout.trim() === 'PONG').length;
  }

  for (const block of ['ingress', 'both'] as const) {
    it(`blocks ${block} of every pod, and lets it through again`, async () => {
      await exerciseFault(lab.context, {
        fault: 'application-outage',
        parameters: { block },
        targets,
        namespace: lab.space.name,
        selector: 'tier=shop',
        measure: answering,
        inEffect: (during, before) => before === 2 && during === 0,
        gone: (after) => after === 2,
        tell: (before, during, after) => `of 2 pods ${before} answered a client before, ${during} while it held, ${after} afterwards`,
      });
    });
  }
});
