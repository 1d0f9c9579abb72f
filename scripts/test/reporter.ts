import { relative } from 'node:path';
import Mocha from 'mocha';
import { skipReason } from '../../test/support/skip.ts';
import { initialState, slowest, type TestState } from './state.ts';

const events = Mocha.Runner.constants;
/** of an error that is told once more at the end, in characters */
const longestError = 1_500;

/** Mocha's spec reporter, and after it why tests were skipped; a skip without a reason is a failure. The process's parent is told what took long. */
export class Reporter extends Mocha.reporters.Spec {
  readonly #slow: { title: string; durationMs: number }[] = [];
  /** by path, in ms */
  readonly #files = new Map<string, number>();
  readonly #skipped: string[] = [];
  readonly #unexplained: string[] = [];
  #state: TestState = initialState;

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    this.#timeFiles(runner);
    runner.on(events.EVENT_HOOK_BEGIN, (hook) => this.#tell({ running: hook.fullTitle() }));
    runner.on(events.EVENT_TEST_BEGIN, (test) => this.#tell({ running: test.fullTitle() }));
    runner.on(events.EVENT_TEST_PASS, (test) => {
      this.#slow.push({ title: test.fullTitle(), durationMs: test.duration ?? 0 });
      this.#tell({ passed: this.#state.passed + 1 });
    });
    runner.on(events.EVENT_TEST_FAIL, (test, error: unknown) => {
      this.#slow.push({ title: test.fullTitle(), durationMs: test.duration ?? 0 });
      this.#fail(test.fullTitle(), error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
    runner.on(events.EVENT_TEST_PENDING, (test) => this.#onSkipped(test));
  }

  override epilogue(): void {
    super.epilogue();
    this.#list('Skipped', this.#skipped);
    this.#list("Skipped without a reason (expected skip(this, 'reason') of test/support/skip.ts)", this.#unexplained);
    if (this.#state.passed + this.#state.failed === 0) {
      this.#list('No test ran', ['expected at least one']);
      this.#fail('the tests as a whole', 'found no test that ran, expected at least one');
    }
    const files = [...this.#files].map(([title, durationMs]) => ({ title, durationMs }));
    this.#tell({ running: null, ended: true, slowTests: slowest(this.#slow), slowFiles: slowest(files) });
  }

  #timeFiles(runner: Mocha.Runner): void {
    const began = new Map<Mocha.Suite, number>();
    runner.on(events.EVENT_SUITE_BEGIN, (suite) => began.set(suite, Date.now()));
    runner.on(events.EVENT_SUITE_END, (suite) => {
      const at = began.get(suite);
      if (at === undefined || suite.parent?.root !== true || suite.file === undefined) return;
      const path = relative(process.cwd(), suite.file);
      this.#files.set(path, (this.#files.get(path) ?? 0) + Date.now() - at);
    });
  }

  #onSkipped(test: Mocha.Test): void {
    if (skipReason.test(test.title)) {
      this.#skipped.push(test.fullTitle());
      this.#tell({ skipped: this.#state.skipped + 1 });
    } else {
      this.#unexplained.push(test.fullTitle());
      this.#fail(test.fullTitle(), "found a skip without a reason, expected skip(this, 'reason') of test/support/skip.ts");
    }
  }

  #fail(title: string, error: string): void {
    this.#tell({ failed: this.#state.failed + 1, failures: [...this.#state.failures, { title, error: error.slice(0, longestError) }] });
  }

  #tell(change: Partial<TestState>): void {
    this.#state = { ...this.#state, ...change };
    process.send?.(this.#state);
  }

  #list(title: string, lines: readonly string[]): void {
    if (lines.length > 0) process.stdout.write(`  ${title}:\n${lines.map((line) => `    ${line}\n`).join('')}\n`);
  }
}
