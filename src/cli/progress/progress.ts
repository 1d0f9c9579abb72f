import type { RunEvent } from '../../contracts/run-event.ts';

/** How a run is shown while it goes on. */
export interface Progress {
  tell(event: RunEvent): void;
  /** something that is not of the run: the API went away */
  note(line: string): void;
  /** shows the last state, and leaves the terminal as it was; may be called twice */
  end(): void;
}
