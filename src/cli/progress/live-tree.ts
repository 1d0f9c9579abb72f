import type { WriteStream } from 'node:tty';
import { tellEvent } from '../../client/tell-event.ts';
import type { RunEvent, RunEventType } from '../../contracts/run-event.ts';
import type { Paint } from '../../report/paint.ts';
import { drawTree } from './draw-tree.ts';
import type { Progress } from './progress.ts';
import { RunTree } from './run-tree.ts';

const frameMs = 100;
const csi = '\u001b[';
const hideCursor = `${csi}?25l`;
const showCursor = `${csi}?25h`;
const clearBelow = `${csi}0J`;

/** Events that the tree does not keep: they are written above it, and stay. */
const kept: ReadonlySet<RunEventType> = new Set<RunEventType>([
  'activity.failed',
  'run.paused',
  'run.resumed',
  'run.abort-requested',
  'run.approval-answered',
  'run.stop-condition',
  'run.cancel-requested',
  'experiment.extended',
  'experiment.skipped',
  'experiment.retried',
  'undo.settle-requested',
  'undo.settled',
]);

/** The run as a tree that is drawn anew where it stands, with what people and mishaps did above it. */
export class LiveTree implements Progress {
  readonly #run: string;
  readonly #out: WriteStream;
  readonly #paint: Paint;
  readonly #unicode: boolean;
  readonly #tree = new RunTree();
  readonly #timer: NodeJS.Timeout;
  readonly #onResize = () => this.#draw();
  readonly #onExit = () => this.#out.write(showCursor);
  #drawn: string[] = [];
  #ended = false;

  constructor(run: { id: string; links: { ui?: string } }, out: WriteStream, paint: Paint, unicode: boolean) {
    this.#run = run.id;
    this.#out = out;
    this.#paint = paint;
    this.#unicode = unicode;
    if (run.links.ui !== undefined) out.write(`in Temporal's Web UI: ${run.links.ui}\n`);
    out.write(hideCursor);
    out.on('resize', this.#onResize);
    process.once('exit', this.#onExit);
    this.#timer = setInterval(() => this.#draw(), frameMs);
    this.#draw();
  }

  tell(event: RunEvent): void {
    this.#tree.apply(event);
    if (event.type === 'run.planned') {
      for (const { path, message } of event.warnings) this.#write(`${this.#paint('caution', 'warning')} ${path}: ${message}`);
      for (const { subject, message } of event.refusals) this.#write(`${this.#paint('bad', 'refused')} ${subject}: ${message}`);
    }
    if (kept.has(event.type)) for (const line of tellEvent(event, this.#paint)) this.#write(line);
  }

  note(line: string): void {
    this.#write(this.#paint('caution', line));
  }

  end(): void {
    if (this.#ended) return;
    this.#draw();
    this.#ended = true;
    clearInterval(this.#timer);
    this.#out.removeListener('resize', this.#onResize);
    process.removeListener('exit', this.#onExit);
    this.#out.write(showCursor);
  }

  /** A line above the tree, which is drawn anew below it. */
  #write(line: string): void {
    this.#out.write(`${this.#back()}${line}\n`);
    this.#drawn = [];
    this.#draw();
  }

  #draw(): void {
    if (this.#ended) return;
    const { columns = 80, rows = 24 } = this.#out;
    const lines = drawTree(this.#tree, this.#run, {
      now: Date.now(),
      width: columns,
      height: rows,
      paint: this.#paint,
      unicode: this.#unicode,
    });
    this.#out.write(`${this.#back()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#drawn = lines;
  }

  /** To where the tree begins, what was drawn cleared. A terminal that has become narrower has broken its lines. */
  #back(): string {
    const { columns = 80 } = this.#out;
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(visibleLength(line) / columns)), 0);
    return rows === 0 ? '' : `${csi}${rows}A\r${clearBelow}`;
  }
}

function visibleLength(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours
  return line.replaceAll(/\u001b\[[0-9;]*m/g, '').length;
}
