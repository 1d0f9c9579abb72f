const factors: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity as the API writes it: `2Gi`, `1e9`, `500M`. Throws when it is none. */
export function parseQuantity(text: string): number {
  const match = /^([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(m|[kMGTPE]|[KMGTPE]i)?$/.exec(text);
  const factor = factors[match?.[2] ?? ''];
  if (match?.[1] === undefined || factor === undefined) throw new Error(`found ${JSON.stringify(text)}, expected a quantity such as 2Gi`);
  return Number(match[1]) * factor;
}
