/** Names unique within a campaign: the given ones, and for the others their fault's, with -2 and so on when it is taken. */
export function nameExperiments(experiments: readonly { name?: string; fault: string }[]): string[] {
  const taken = new Set(experiments.flatMap(({ name }) => (name === undefined ? [] : [name])));
  return experiments.map(({ name, fault }) => {
    if (name !== undefined) return name;
    let free = fault;
    for (let number = 2; taken.has(free); number++) free = `${fault}-${number}`;
    taken.add(free);
    return free;
  });
}
