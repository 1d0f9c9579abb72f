import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabFailure } from './failure.ts';
import { withLock } from './lock.ts';
import { type Slot, slotCount, slotOf } from './slot.ts';

interface Claim {
  checkout: string;
}

/**
 * The slot of a checkout: the one it holds, or the lowest that nobody holds and that is free on this machine. A checkout keeps
 * its slot, and with it its addresses and its Temporal history, until it is purged or its folder is gone.
 * @param why says what stands in the way of using a slot on this machine; undefined when nothing does
 * @throws LabFailure when the wanted slot, or every slot, is taken: by whom or by what
 */
export async function claimSlot(
  root: string,
  checkout: string,
  wanted: number | undefined,
  why: (slot: Slot) => Promise<string | undefined>,
): Promise<Slot> {
  await mkdir(join(root, 'slots'), { recursive: true });
  return withLock(
    join(root, 'slots.lock'),
    () => {},
    async () => {
      const held = await heldSlot(root, checkout);
      if (held !== undefined) {
        if (wanted === undefined || wanted === held.number) return held;
        throw new LabFailure(
          `slot: ${checkout} holds slot ${held.number}, found --slot ${wanted}; "npm run lab -- down --purge" gives it up`,
        );
      }
      const reasons: string[] = [];
      for (const number of wanted === undefined ? Array.from({ length: slotCount }, (_, index) => index) : [wanted]) {
        const slot = slotOf(number);
        const claim = await readClaim(root, number);
        const reason = claim !== undefined && existsSync(claim.checkout) ? `it is held by ${claim.checkout}` : await why(slot);
        if (reason === undefined) {
          await writeFile(`${claimPath(root, number)}.new`, JSON.stringify({ checkout } satisfies Claim));
          await rename(`${claimPath(root, number)}.new`, claimPath(root, number));
          return slot;
        }
        reasons.push(`slot ${number}: ${reason}`);
      }
      throw new LabFailure(`no slot is free:\n${reasons.join('\n')}`);
    },
  );
}

export async function heldSlot(root: string, checkout: string): Promise<Slot | undefined> {
  for (let number = 0; number < slotCount; number++) {
    if ((await readClaim(root, number))?.checkout === checkout) return slotOf(number);
  }
  return undefined;
}

export async function releaseSlot(root: string, slot: Slot): Promise<void> {
  await rm(claimPath(root, slot.number), { force: true });
}

function claimPath(root: string, number: number): string {
  return join(root, 'slots', `${number}.json`);
}

async function readClaim(root: string, number: number): Promise<Claim | undefined> {
  const text = await readFile(claimPath(root, number), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Claim);
}
