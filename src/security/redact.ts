/** What stands in a secret's place. */
export const redacted = '[redacted]';

/** Shorter texts are no secrets, and would be found everywhere. */
const shortestSecret = 8;

const shapes: readonly [shape: RegExp, replacement: string][] = [
  // squall's own keys
  [/squall_[A-Za-z0-9_-]{40,}/g, redacted],
  // secrets of Standard Webhooks, and their signatures
  [/whsec_[A-Za-z0-9+/]{8,}={0,2}/g, redacted],
  [/\bv1,[A-Za-z0-9+/]{43}=/g, redacted],
  // tokens: JSON Web Tokens, and whatever is presented as one
  [/\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*/g, redacted],
  [/\b(Bearer|Basic)(\s+)[A-Za-z0-9._~+/-]{8,}=*/gi, `$1$2${redacted}`],
  // user and password of a URL
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@\\]+@/gi, `$1${redacted}@`],
];

/**
 * A text without what looks like a secret, and without the secrets that are known.
 *
 * @param known those of the configuration; they may look like anything
 */
export function redact(text: string, known: readonly string[] = []): string {
  let clean = text;
  for (const secret of known) if (secret.length >= shortestSecret) clean = clean.replaceAll(secret, redacted);
  for (const [shape, replacement] of shapes) clean = clean.replaceAll(shape, replacement);
  return clean;
}
