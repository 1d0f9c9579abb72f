import { escapeMarkup as text } from '../escape-markup.ts';

/** A verdict that is seen at a glance: told by its word and its mark, the colour only adds to them. */
export function badge(verdict: string): string {
  const tone = toneOf(verdict);
  return `<span class="badge ${tone}">${text(verdict)}</span>`;
}

export type Tone = 'good' | 'bad' | 'neutral';

function toneOf(verdict: string): Tone {
  if (verdict === 'Passed') return 'good';
  return verdict === 'Failed' || verdict === 'Error' ? 'bad' : 'neutral';
}
