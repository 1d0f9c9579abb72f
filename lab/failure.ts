/** A failure to be shown as it is, without a stack: it says what was found, what was expected and how to mend it. */
export class LabFailure extends Error {
  override name = 'LabFailure';
}
