import { setFlagsFromString } from 'node:v8';

/**
 * Frames of a stack trace in workflows. The SDK takes a trace of every promise, for the Web UI's Call Stack, and with V8's ten frames that is
 * a third of the time a workflow task takes. With these each still names what of ours waits.
 */
const frames = 4;

/** For the threads of workflows that are begun from now on; what runs already, activities among it, keeps its longer traces. */
export function shortenWorkflowStacks(): void {
  setFlagsFromString(`--stack-trace-limit=${frames}`);
}
