import { tellEvent } from '../../client/tell-event.ts';
import type { RunEvent } from '../../contracts/run-event.ts';
import type { Paint } from '../../report/paint.ts';
import type { Progress } from './progress.ts';

/** Lines, each with the seconds since the run began: for logs. */
export class PlainLines implements Progress {
  readonly #out: Pick<NodeJS.WriteStream, 'write'>;
  readonly #paint: Paint;
  readonly #note: (line: string) => void;
  #startedAt: number | undefined;

  constructor(out: Pick<NodeJS.WriteStream, 'write'>, paint: Paint, note: (line: string) => void) {
    this.#out = out;
    this.#paint = paint;
    this.#note = note;
  }

  tell(event: RunEvent): void {
    const at = Date.parse(event.at);
    this.#startedAt ??= at;
    const elapsed = `${((at - this.#startedAt) / 1_000).toFixed(1).padStart(7)} s  `;
    for (const line of tellEvent(event, this.#paint)) this.#out.write(line === '' ? '\n' : `${this.#paint('faint', elapsed)}${line}\n`);
  }

  note(line: string): void {
    this.#note(line);
  }

  end(): void {}
}
