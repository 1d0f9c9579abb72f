import { DefaultFailureConverter } from '@temporalio/common';

// Temporal's SDK finds it by this file's path and this name; it is bundled with the workflows, too.

/** Puts the message and the stack of a failure into a payload, so that the codec encrypts them. Its type stays readable. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
