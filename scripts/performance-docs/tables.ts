export type Row = string[];

/** A table in Markdown. */
export function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

/** Cells named `case: what`, as a table with a row for each case and a column for each what, in the order in which they come. */
export function matrix(cells: readonly [name: string, cell: string][]): string {
  const split = cells.map(([name, cell]) => {
    const at = name.indexOf(': ');
    return { of: at < 0 ? name : name.slice(0, at), what: at < 0 ? '' : name.slice(at + 2), cell };
  });
  const columns = [...new Set(split.map(({ what }) => what))];
  const rows = [...new Set(split.map(({ of }) => of))];
  const at = (of: string, what: string) => split.find((one) => one.of === of && one.what === what)?.cell ?? '';
  return table(
    ['', ...columns],
    rows.map((of) => [of, ...columns.map((what) => at(of, what))]),
  );
}
