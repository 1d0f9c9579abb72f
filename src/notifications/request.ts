/** A receiver did not take it. `isFinal`: asking again would change nothing. */
export class NotTakenError extends Error {
  override readonly name = 'NotTakenError';
  readonly isFinal: boolean;

  constructor(message: string, isFinal: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isFinal = isFinal;
  }
}

const timeoutMs = 5_000;

export interface Request {
  method: 'GET' | 'POST' | 'PATCH';
  url: string;
  headers?: Record<string, string>;
  /** JSON */
  body?: string;
}

/** One request to a receiver; its answer's body. What the address or a key is is in no message. @throws NotTakenError */
export async function request({ method, url, headers = {}, body }: Request, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { 'user-agent': 'squall', ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
      // A signature, or a token, is for the receiver alone.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const { cause } = error as Error;
    throw new NotTakenError(`no answer: ${cause instanceof Error ? cause.message : (error as Error).message}`, false, { cause: error });
  }
  const text = await response.text();
  if (response.ok) return text;
  const isFinal = response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429;
  throw new NotTakenError(`it answered ${response.status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`, isFinal);
}
