import { escapeMarkup as text } from '../escape-markup.ts';

export interface DataTable {
  /** what it is a table of, for those who hear it */
  caption: string;
  columns: readonly string[];
  /** cells as markup; the first of a row names it */
  rows: readonly (readonly string[])[];
  /** the last row sums up the others */
  foot?: readonly string[];
}

/** A table that scrolls by itself where the screen is narrower, by keyboard too. */
export function dataTable({ caption, columns, rows, foot }: DataTable): string {
  return `<div class="wide" role="region" aria-label="${text(caption)}" tabindex="0"><table>
<thead><tr>${columns.map((column) => `<th scope="col">${text(column)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(row).join('\n')}
</tbody>${foot === undefined ? '' : `\n<tfoot>${row(foot)}</tfoot>`}
</table></div>`;
}

function row([name = '', ...cells]: readonly string[]): string {
  return `<tr><th scope="row">${name}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}
