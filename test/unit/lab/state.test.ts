import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimSlot, heldSlot, releaseSlot } from '../../../lab/claim.ts';
import { type LabState, labStatePath, readLabState, removeLabState, writeLabState } from '../../../lab/state.ts';

const state: LabState = {
  slot: 4,
  temporalAddress: '127.0.0.1:7633',
  temporalUi: null,
  temporalNamespace: 'default',
  kubeconfig: '/k',
  cluster: 'native',
  prometheusUrl: null,
  images: { agent: 'a', redis: 'r', exporter: 'e', load: 'l' },
  directory: '/d',
};

describe('lab state', () => {
  let checkout = '';

  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'squall-state-'));
  });

  afterEach(() => rm(checkout, { recursive: true }));

  it('is read as it was written, and gone when removed', () => {
    assert.equal(readLabState(checkout), undefined);
    writeLabState(checkout, state);
    assert.deepEqual(readLabState(checkout), state);
    removeLabState(checkout);
    removeLabState(checkout);
    assert.equal(readLabState(checkout), undefined);
  });

  it('names the file that cannot be read', async () => {
    writeLabState(checkout, state);
    await writeFile(labStatePath(checkout), '{');
    assert.throws(() => readLabState(checkout), /lab\.json: .*expected the state that "npm run lab -- up" writes/);
  });
});

describe('claim', () => {
  let root = '';
  const free = async (): Promise<undefined> => undefined;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'squall-claim-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  const folder = (): Promise<string> => mkdtemp(join(root, 'checkout-'));

  it('gives each checkout a slot, and the same one again', async () => {
    const [one, two] = [await folder(), await folder()];
    assert.equal((await claimSlot(root, one, undefined, free)).number, 0);
    assert.equal((await claimSlot(root, two, undefined, free)).number, 1);
    assert.equal((await claimSlot(root, one, undefined, free)).number, 0);
    assert.equal((await heldSlot(root, two))?.number, 1);
  });

  it('gives two that ask at once different slots', async () => {
    const checkouts = await Promise.all([folder(), folder(), folder()]);
    const slots = await Promise.all(checkouts.map((checkout) => claimSlot(root, checkout, undefined, free)));
    assert.deepEqual(slots.map((slot) => slot.number).sort(), [0, 1, 2]);
  });

  it('passes over what the machine uses otherwise, and says so of a slot that was asked for', async () => {
    const busy = async ({ number }: { number: number }): Promise<string | undefined> => (number === 0 ? 'port 7233 is in use' : undefined);
    const checkout = await folder();
    await assert.rejects(claimSlot(root, checkout, 0, busy), { message: 'no slot is free:\nslot 0: port 7233 is in use' });
    assert.equal((await claimSlot(root, checkout, undefined, busy)).number, 1);
  });

  it('refuses another slot to a checkout that holds one, and one that another holds', async () => {
    const [one, two] = [await folder(), await folder()];
    await claimSlot(root, one, 3, free);
    await assert.rejects(claimSlot(root, one, 5, free), /holds slot 3, found --slot 5/);
    await assert.rejects(claimSlot(root, two, 3, free), new RegExp(`slot 3: it is held by ${one}`));
  });

  it('gives on the slot of a checkout that gave it up, or whose folder is gone', async () => {
    const [one, two, three] = [await folder(), await folder(), await folder()];
    await releaseSlot(root, await claimSlot(root, one, undefined, free));
    assert.equal((await claimSlot(root, two, undefined, free)).number, 0);
    await rm(two, { recursive: true });
    assert.equal((await claimSlot(root, three, undefined, free)).number, 0);
  });
});
