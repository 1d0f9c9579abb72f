import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { errorMessage } from '../error-message.ts';

/** Kubernetes brings a changed Secret to a pod within a minute or so: looking oftener than this would gain nothing. */
const lookEveryMs = 3_000;

/** A file of the configuration cannot be read, or has mistakes: its message names each. */
export class FileMistake extends Error {
  override readonly name = 'FileMistake';
}

export interface WatchedFileOptions {
  /** the variable that names the file, for messages */
  variable: string;
  path: string;
  log: Logger;
  everyMs?: number | undefined;
}

/**
 * A file that is read again and again, by its content, since a mounted Secret changes by a link. A content that is not taken changes
 * nothing: what held goes on holding, and the log says so, once.
 */
export class WatchedFile<T> implements Disposable {
  readonly #options: WatchedFileOptions;
  readonly #parse: (content: string) => T;
  readonly #timer: NodeJS.Timeout;
  #content: string;
  #value: T;

  /** @throws FileMistake, and what `parse` throws: at first it has to be right */
  constructor(options: WatchedFileOptions, parse: (content: string) => T) {
    this.#options = options;
    this.#parse = parse;
    this.#content = this.#read();
    this.#value = parse(this.#content);
    this.#timer = setInterval(() => this.look(), options.everyMs ?? lookEveryMs);
    this.#timer.unref();
  }

  get value(): T {
    return this.#value;
  }

  /** Looks whether the file has changed. */
  look(): void {
    const { variable, log } = this.#options;
    try {
      const content = this.#read();
      if (content === this.#content) return;
      // Before it is parsed: what is wrong is told once.
      this.#content = content;
      this.#value = this.#parse(content);
      log.info({ file: this.#options.path }, `${variable} has changed, and holds`);
    } catch (error) {
      log.error({ file: this.#options.path, reason: errorMessage(error) }, `${variable} was not taken; what held before goes on holding`);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #read(): string {
    const { variable, path } = this.#options;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new FileMistake(`${variable} ${path}: expected a readable file (${errorMessage(error)})`, { cause: error });
    }
  }
}
