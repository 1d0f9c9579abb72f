import { escapeMarkup as text } from '../escape-markup.ts';

/** Pairs of a label and a text, one under the other. */
export function factsList(pairs: readonly (readonly [label: string, text: string])[]): string {
  return `<dl>${pairs.map(([label, value]) => `<div><dt>${text(label)}</dt><dd>${text(value)}</dd></div>`).join('')}</dl>`;
}
