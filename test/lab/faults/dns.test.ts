import assert from 'node:assert/strict';
import type { V1Service } from '@kubernetes/client-node';
import type { PodTarget } from '../../../src/contracts/plan.ts';
import { exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';

const server = ['redis-server', '--save', '', '--protected-mode', 'no'];

/** What the target's own resolver says of some names, as any program of the pod would hear it; '' is no such name. */
type Lookups = Record<string, string>;

describe('faults of DNS on the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let target: PodTarget;
  let addresses: Lookups;

  before(async () => {
    lab = await LabCluster.open('dns');
    await lab.space.createPod('client', server, { image: lab.image });
    target = await lab.podTarget('client');
    for (const name of ['first', 'second']) {
      await lab.cluster.createObject<V1Service>({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace: lab.space.name },
        spec: { selector: { app: 'client' }, ports: [{ port: 6379 }] },
      });
    }
    addresses = await eventually(
      () => lookUp('first', 'second'),
      (found) => found.first !== '' && found.second !== '',
    );
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  async function lookUp(...names: string[]): Promise<Lookups> {
    const script = names.map((name) => `echo "${name} $(getent ahostsv4 ${name} | awk '{print $1; exit}')"`).join('\n');
    const address = { namespace: lab.space.name, pod: 'client', container: 'main' };
    const { stdout } = await lab.cluster.exec(address, ['bash', '-c', script], { timeoutMs: 60_000 });
    return Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']),
    );
  }

  async function eventually<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
    const end = Date.now() + 30_000;
    for (;;) {
      const value = await ask();
      if (holds(value)) return value;
      assert.ok(Date.now() < end, JSON.stringify(value));
    }
  }

  it('pod-dns-error lets a name fail, however the program spells it, and no other', async () => {
    const spellings = ['first', `first.${lab.space.name}`, `first.${lab.space.name}.svc.cluster.local`];
    await exerciseFault(lab.context, {
      fault: 'pod-dns-error',
      parameters: { names: ['first'], answer: 'nxdomain' },
      targets: [target],
      namespace: lab.space.name,
      measure: () => lookUp(...spellings, 'second'),
      inEffect: (during) => spellings.every((name) => during[name] === '') && during.second === addresses.second,
      gone: (after) => spellings.every((name) => after[name] === addresses.first),
      tell: (before, during, after) =>
        `first: ${before.first} before, ${during.first || 'no such name'} while it held, ${after.first} afterwards; second: ${during.second} throughout`,
    });
  });

  it('pod-dns-error fails every name when it is given none', async () => {
    await exerciseFault(lab.context, {
      fault: 'pod-dns-error',
      parameters: { answer: 'servfail' },
      targets: [target],
      namespace: lab.space.name,
      measure: () => lookUp('first', 'second'),
      inEffect: (during) => during.first === '' && during.second === '',
      gone: (after) => after.first === addresses.first && after.second === addresses.second,
    });
  });

  it("pod-dns-spoof answers with another name's address, and with an address", async () => {
    await exerciseFault(lab.context, {
      fault: 'pod-dns-spoof',
      parameters: { records: { first: 'second', 'api.example.com': '192.0.2.7' } },
      targets: [target],
      namespace: lab.space.name,
      measure: () => lookUp('first', 'second', 'api.example.com'),
      inEffect: (during) =>
        during.first === addresses.second && during.second === addresses.second && during['api.example.com'] === '192.0.2.7',
      gone: (after) => after.first === addresses.first && after['api.example.com'] === '',
      tell: (before, during, after) =>
        `first: ${before.first} before, ${during.first} (of second) while it held, ${after.first} afterwards`,
    });
  });
});
