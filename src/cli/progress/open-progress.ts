import { type OutputFormat, say } from '../output.ts';
import { hasUnicode, isLive, paintFor } from '../terminal.ts';
import { EventStream } from './event-stream.ts';
import { LiveTree } from './live-tree.ts';
import { PlainLines } from './plain-lines.ts';
import type { Progress } from './progress.ts';

/** A tree on a terminal, lines elsewhere, data where data is asked for. */
export function openProgress(output: OutputFormat, run: { id: string; links: { ui?: string } }): Progress {
  if (output !== 'table') return new EventStream(output, process.stdout);
  const paint = paintFor(process.stdout);
  if (isLive(process.stdout)) return new LiveTree(run, process.stdout, paint, hasUnicode());
  process.stdout.write(`run ${run.id}\n${run.links.ui === undefined ? '' : `in Temporal's Web UI: ${run.links.ui}\n`}`);
  return new PlainLines(process.stdout, paint, say);
}
