interface Task {
  name: string;
  doing: string;
  startedAt: number;
}

/** What progress is written to, like process.stderr. */
export interface ProgressOutput {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const heartbeatMs = 15_000;

/**
 * Says what is being done and how long it has taken: on a terminal in one live line, elsewhere in lines with a time of day,
 * with a sign of life now and then while something takes long.
 */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #live: boolean;
  readonly #tasks = new Set<Task>();
  #timer: NodeJS.Timeout | undefined;

  constructor(output: ProgressOutput = process.stderr) {
    this.#output = output;
    this.#live = output.isTTY === true && process.env.CI === undefined;
  }

  /** Runs `work` under a name. `work` may say what it is doing just now by calling its argument. */
  async task<T>(name: string, doing: string, work: (say: (doing: string) => void) => Promise<T>): Promise<T> {
    const task: Task = { name, doing, startedAt: performance.now() };
    this.#tasks.add(task);
    if (!this.#live) this.line(`${name}: ${doing}`);
    this.#schedule();
    const say = (next: string): void => {
      task.doing = next;
      if (!this.#live) this.line(`${name}: ${next}`);
    };
    try {
      const result = await work(say);
      this.line(`${name}: done in ${seconds(task)}`);
      return result;
    } catch (error) {
      this.line(`${name}: failed after ${seconds(task)} (${task.doing})`);
      throw error;
    } finally {
      this.#tasks.delete(task);
      this.#schedule();
    }
  }

  /** One line that stays. */
  line(text: string): void {
    this.#clear();
    const time = this.#live ? '' : `${new Date().toTimeString().slice(0, 8)} `;
    this.#output.write(`${time}${text}\n`);
    this.#draw();
  }

  #schedule(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
    if (this.#tasks.size === 0) return;
    this.#draw();
    this.#timer = this.#live ? setInterval(() => this.#draw(), 200) : setInterval(() => this.#signOfLife(), heartbeatMs);
    this.#timer.unref();
  }

  #draw(): void {
    if (!this.#live || this.#tasks.size === 0) return;
    const text = [...this.#tasks].map((task) => `${task.name}: ${task.doing} ${seconds(task)}`).join(' | ');
    const width = Math.max(20, this.#output.columns ?? 80) - 1;
    this.#output.write(`\r\x1b[K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
  }

  #clear(): void {
    if (this.#live) this.#output.write('\r\x1b[K');
  }

  #signOfLife(): void {
    for (const task of this.#tasks) {
      const elapsed = performance.now() - task.startedAt;
      if (elapsed >= heartbeatMs) this.line(`${task.name}: still ${task.doing} after ${seconds(task)}`);
    }
  }
}

function seconds(task: Task): string {
  const elapsed = (performance.now() - task.startedAt) / 1000;
  return elapsed < 100 ? `${elapsed.toFixed(1)} s` : `${Math.floor(elapsed / 60)} min ${Math.round(elapsed % 60)} s`;
}
