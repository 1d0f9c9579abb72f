import { readFileSync } from 'node:fs';
import type { ApiAccess } from '../client/api.ts';
import { errorMessage } from '../error-message.ts';
import { UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const defaultUrl = 'http://127.0.0.1:7400';

/**
 * Where the API is: the option, else the environment, else where it is by default.
 *
 * @throws UsageError
 */
export function apiAccess(option: string | undefined, env: Environment = process.env): ApiAccess {
  const [place, given] = option === undefined ? ['SQUALL_API_URL', env.SQUALL_API_URL || defaultUrl] : ['--api', option];
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`${place}: found ${given}, expected a URL, for example https://squall.example`);
  }
  return { url: given.replace(/\/+$/, ''), token: tokenOf(env) };
}

/** Whether somebody said where the API is: steering goes by it then, and straight to Temporal else. */
export function isApiConfigured(option: string | undefined, env: Environment = process.env): boolean {
  return option !== undefined || Boolean(env.SQUALL_API_URL);
}

function tokenOf(env: Environment): string | null {
  const { SQUALL_API_TOKEN: token, SQUALL_API_TOKEN_FILE: path } = env;
  if (token && path) throw new UsageError('SQUALL_API_TOKEN_FILE: found it beside SQUALL_API_TOKEN, expected only one of them');
  if (token) return token.trim();
  if (!path) return null;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`SQUALL_API_TOKEN_FILE: found ${path}, expected a readable file (${errorMessage(error)})`);
  }
}
