export interface Column {
  title: string;
  align: 'left' | 'right';
}

/** Rows under their titles, two spaces between columns; the first column gives way when it is wider than `width`. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const widths = columns.map((column, index) => Math.max(column.title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const rest = widths.slice(1).reduce((total, one) => total + one + 2, 0);
  const first = Math.max(4, Math.min(widths[0] ?? 0, width - rest));
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const size = index === 0 ? first : (widths[index] ?? 0);
        const cell = clip(cells[index] ?? '', size);
        return align === 'left' ? cell.padEnd(size) : cell.padStart(size);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}

function clip(text: string, size: number): string {
  return text.length <= size ? text : `${text.slice(0, size - 1)}…`;
}

/**
 * Breaks text between words into lines of at most `width`, each after the first indented by `indent`.
 * A word longer than a line stays whole: a command or an address is of no use in two pieces.
 */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = `${indent}${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}
