import type { RunEvent } from '../../contracts/run-event.ts';
import { say, toYaml } from '../output.ts';
import type { Progress } from './progress.ts';

/** The events as they come: JSON, a line each, or YAML, a document each. What is not an event goes to standard error. */
export class EventStream implements Progress {
  readonly #format: 'json' | 'yaml';
  readonly #out: Pick<NodeJS.WriteStream, 'write'>;

  constructor(format: 'json' | 'yaml', out: Pick<NodeJS.WriteStream, 'write'>) {
    this.#format = format;
    this.#out = out;
  }

  tell(event: RunEvent): void {
    this.#out.write(this.#format === 'json' ? `${JSON.stringify(event)}\n` : `---\n${toYaml(event)}`);
  }

  note(line: string): void {
    say(line);
  }

  end(): void {}
}
