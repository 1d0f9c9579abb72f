/** What the title of a skipped test ends with; the test run fails on a skipped test without it. */
export const skipReason = /\(skipped: (.+)\)$/;

/**
 * Skips with a reason, from a test (itself), `beforeEach` (the test to come) or `before` (every test
 * of its suite): `skip(this, 'docker does not answer')`. Never returns.
 */
export function skip(context: Mocha.Context, reason: string): never {
  for (const test of skippedBy(context)) test.title += ` (skipped: ${reason})`;
  return context.skip();
}

function skippedBy(context: Mocha.Context): Mocha.Test[] {
  const { test, currentTest } = context;
  if (test !== undefined && 'type' in test && test.type === 'test') return [test as Mocha.Test];
  if (test?.title.startsWith('"before each"') && currentTest !== undefined) return [currentTest];
  const tests: Mocha.Test[] = [];
  test?.parent?.eachTest((one) => tests.push(one));
  return tests;
}
