import { parseArgs } from 'node:util';
import { defaultGraceMs } from './ledger/limits.ts';

export interface SoakArguments {
  kills: number;
  seed: string;
  /** a file for the result; absent: none is written */
  json: string | undefined;
  /** the most time the kills may take; absent: as long as it takes */
  minutes: number | undefined;
  /** how many kill at once */
  hands: number;
  /** how long after its deadline a fault may still be seen */
  graceMs: number;
  /** only the kill of this number */
  only: number | undefined;
  /** with `only`: strikes just runs of this fault, and at this age in ms */
  fault: string | undefined;
  ageMs: number | undefined;
  /** the checkout whose lab is used; absent: this one */
  lab: string | undefined;
}

export const usage = `usage: npm run soak -- [--kills N] [--seed S] [--json FILE] [--minutes M] [--hands N] [--grace S] [--only K [--fault NAME] [--age MS]] [--lab DIR]
  --kills N     how many kills (30)
  --seed S      what all chance is drawn from (the time)
  --json FILE   writes the result there
  --minutes M   the most time the kills may take; fewer kills than asked for is a failure
  --hands N     how many kill at once, each the next kill of the plan (1)
  --grace S     how many seconds after its deadline a fault may still be seen (15); more where the machine is not soak's alone
  --only K      does only kill K of the seed; --fault and --age strike a run of that fault at that age, as the failure's record says
  --lab DIR     uses the lab of that checkout
`;

/** @throws Error that says what was found and what was expected */
export function parseSoakArguments(argv: readonly string[]): SoakArguments {
  const text = { type: 'string' } as const;
  const options = {
    kills: text,
    seed: text,
    json: text,
    minutes: text,
    hands: text,
    grace: text,
    only: text,
    fault: text,
    age: text,
    lab: text,
  };
  const { values } = parseArgs({ args: [...argv], options, strict: true });
  const only = count('--only', values.only, 1);
  if (only === undefined && (values.fault !== undefined || values.age !== undefined)) {
    throw new Error('--fault and --age: found without --only, expected with the number of the kill to repeat');
  }
  if (only !== undefined && values.seed === undefined)
    throw new Error('--only: found without --seed, expected the seed of the run to repeat');
  return {
    kills: count('--kills', values.kills, 1) ?? 30,
    seed: values.seed ?? String(Date.now()),
    json: values.json,
    minutes: count('--minutes', values.minutes, 1),
    hands: count('--hands', values.hands, 1) ?? 1,
    graceMs: (count('--grace', values.grace, 1) ?? defaultGraceMs / 1_000) * 1_000,
    only,
    fault: values.fault,
    ageMs: count('--age', values.age, 0),
    lab: values.lab,
  };
}

function count(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) < least)
    throw new Error(`${name}: found ${JSON.stringify(text)}, expected an integer from ${least} on`);
  return Number(text);
}
