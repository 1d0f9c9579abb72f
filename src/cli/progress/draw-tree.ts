import { formatDuration, formatNumber } from '../../report/format.ts';
import { type Paint, paintVerdict } from '../../report/paint.ts';
import type { ExperimentTask, RunTree, Task, TaskState } from './run-tree.ts';

export interface Look {
  now: number;
  /** columns */
  width: number;
  /** rows */
  height: number;
  paint: Paint;
  unicode: boolean;
}

const frames = { unicode: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'], ascii: ['|', '/', '-', '\\'] } as const;
const marks = {
  unicode: { pending: '·', done: '✔', failed: '✖', skipped: '-' },
  ascii: { pending: '.', done: '+', failed: 'x', skipped: '~' },
} as const;

const styleOf: Record<TaskState, 'good' | 'bad' | 'caution' | 'faint'> = {
  pending: 'faint',
  running: 'caution',
  done: 'good',
  failed: 'bad',
  skipped: 'faint',
};

/** The tree as lines that are neither wider nor higher than the terminal: of a long one, what is over and what is far off gives way. */
export function drawTree(tree: RunTree, run: string, look: Look): string[] {
  const head = drawHead(tree, run, look);
  // Two lines tell of what is not shown, and one is where the cursor stays.
  const room = Math.max(1, look.height - head.length - 3);
  const blocks = tree.experiments.map((experiment) => drawExperiment(experiment, look).slice(0, room));
  const { first, last } = windowOf(tree.experiments, blocks, room);
  const before = first === 0 ? [] : [line([['faint', `  ${first} before`]], look)];
  const after = last === blocks.length ? [] : [line([['faint', `  ${blocks.length - last} to come`]], look)];
  return [...head, ...before, ...blocks.slice(first, last).flat(), ...after];
}

type Segment = [style: Parameters<Paint>[0] | 'plain', text: string];

function drawHead(tree: RunTree, run: string, look: Look): string[] {
  const mark: Segment = tree.endedAt === null ? ['caution', frame(look)] : ['plain', ' '];
  const round = tree.round > 1 ? `, round ${tree.round}` : '';
  const title: Segment[] = [mark, ['strong', ` ${tree.campaign ?? run}`], ['faint', tree.place === null ? '' : ` on ${tree.place}`]];
  const state: Segment[] = [['plain', `  ${tree.phase ?? 'Starting'}${round}  ${elapsed(tree, look.now)}`]];
  const lines = [line([...title, ...state], look), line([['faint', `  run ${run}`]], look)];
  if (tree.awaits !== null) lines.push(line([['caution', `  ${tree.awaits}`]], look));
  if (tree.reason !== null) {
    const verdict = tree.verdict === null ? 'ended without a report' : tree.verdict;
    const score = tree.score === null ? '' : `, score ${formatNumber(tree.score)}`;
    const text = clip(`  ${verdict}${score}: ${tree.reason}`, look.width);
    lines.push(tree.verdict === null ? look.paint('bad', text) : text.replace(verdict, paintVerdict(look.paint, tree.verdict)));
  }
  return lines;
}

function drawExperiment(one: ExperimentTask, look: Look): string[] {
  const [style, mark] = markOf(one, look);
  const on = one.detail === null ? '' : ` ${one.state === 'failed' ? '' : 'on '}${one.detail}`;
  const head = line(
    [
      ['plain', '  '],
      [style, mark],
      [one.state === 'pending' ? 'faint' : 'plain', ` ${one.name}: ${one.fault}${on}`],
    ],
    look,
    timeOf(one, look),
  );
  // What is over is a line; what goes on, or went wrong, is shown in its parts.
  const parts = one.state === 'running' || one.state === 'failed' ? one.parts : [];
  return [head, ...parts.map((part) => drawPart(part, look))];
}

function drawPart(part: Task, look: Look): string {
  const [style, mark] = markOf(part, look);
  const detail = part.detail === null ? '' : `: ${part.detail}`;
  return line(
    [
      ['plain', '      '],
      [style, mark],
      ['plain', ` ${part.name}`],
      ['faint', detail],
    ],
    look,
    timeOf(part, look),
  );
}

function markOf({ state }: Task, look: Look): [Segment[0], string] {
  if (state === 'running') return ['caution', frame(look)];
  return [styleOf[state], marks[look.unicode ? 'unicode' : 'ascii'][state]];
}

function frame({ now, unicode }: Look): string {
  const all = unicode ? frames.unicode : frames.ascii;
  return all[Math.floor(now / 100) % all.length] ?? '*';
}

function timeOf(task: Task, { now }: Look): string {
  return task.startedAt === null ? '' : elapsed(task, now);
}

/** Of what is over to a tenth of a second, of what goes on to a second: a timer that flickers is not read. */
function elapsed({ startedAt, endedAt }: { startedAt: number | null; endedAt: number | null }, now: number): string {
  if (startedAt === null) return '';
  if (endedAt !== null) return formatDuration(endedAt - startedAt);
  return formatDuration(Math.max(0, Math.floor((now - startedAt) / 1_000)) * 1_000).replace(/^0 ms$/, '0 s');
}

/** One line, clipped to the terminal, with a time at its end that is never clipped. */
function line(segments: readonly Segment[], { width, paint }: Look, time = ''): string {
  const tail = time === '' ? '' : `  ${time}`;
  let room = Math.max(0, width - 1 - tail.length);
  const parts = segments.flatMap(([style, text]) => {
    const shown = clip(text, room);
    room -= shown.length;
    return shown === '' ? [] : [style === 'plain' ? shown : paint(style, shown)];
  });
  return `${parts.join('')}${tail === '' ? '' : paint('faint', tail)}`;
}

function clip(text: string, size: number): string {
  if (text.length <= size) return text;
  return size <= 1 ? text.slice(0, Math.max(0, size)) : `${text.slice(0, size - 1)}…`;
}

/** Which experiments are shown: what goes on first, then what comes after it, then what was before, as long as there is room. */
function windowOf(experiments: readonly ExperimentTask[], blocks: readonly string[][], room: number): { first: number; last: number } {
  const height = (index: number) => blocks[index]?.length ?? 0;
  const current = experiments.findIndex(({ state }) => state === 'running' || state === 'pending');
  let first = current === -1 ? blocks.length : current;
  let last = first;
  let used = 0;
  while (last < blocks.length && used + height(last) <= room) used += height(last++);
  while (first > 0 && used + height(first - 1) <= room) used += height(--first);
  return { first, last };
}
