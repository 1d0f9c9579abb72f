import type { WriteStream } from 'node:tty';
import { makePaint, type Paint } from '../report/paint.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Stream = Pick<WriteStream, 'isTTY'>;

/** Colours, or none: https://no-color.org first, then FORCE_COLOR, then whether somebody looks at it. */
export function paintFor(stream: Stream, env: Environment = process.env): Paint {
  return makePaint(hasColor(stream, env));
}

export function hasColor(stream: Stream, env: Environment = process.env): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Whether lines that were written can be written over: a person at a terminal, not a log of a build. */
export function isLive(stream: Stream, env: Environment = process.env): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb' && (env.CI === undefined || env.CI === '' || env.CI === 'false');
}

/** Whether the terminal shows more than ASCII, as its locale says. */
export function hasUnicode(env: Environment = process.env): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) && env.TERM !== 'linux';
}
