const longest = 63;

/** A name made of what people wrote: `Kill the DB!` is `kill-the-db`. undefined: nothing of it can be in a name. */
export function nameOf(text: string): string | undefined {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longest)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? undefined : plain;
}

/** The names, with -2 and so on where one is there already. */
export function uniqueNames(wishes: readonly string[]): string[] {
  const taken = new Set<string>();
  const numbers = new Map<string, number>();
  return wishes.map((wish) => {
    let name = wish;
    let number = numbers.get(wish) ?? 1;
    while (taken.has(name)) name = numbered(wish, ++number);
    numbers.set(wish, number);
    taken.add(name);
    return name;
  });
}

function numbered(name: string, number: number): string {
  const suffix = `-${number}`;
  return `${name.slice(0, longest - suffix.length).replace(/-+$/, '')}${suffix}`;
}
