import type { Progress } from './progress.ts';

/** The Kubernetes of a lab, whoever runs it. */
export interface ClusterPart {
  kubeconfig: string;
  /** What is wrong with it, a sentence each; empty when it is healthy. */
  complaints(): Promise<string[]>;
  /** Starts it, from whatever is left of an earlier one; returns when it is healthy. */
  start(progress: Progress): Promise<void>;
  /** Makes the images of the checkout's own folders known to it. */
  importProjectImages(checkout: string, progress: Progress): Promise<void>;
  /** Makes the image of the checkout's service known to its first node at least, and returns that node's name; undefined: to all of them. */
  importServiceImage(checkout: string, progress: Progress): Promise<string | undefined>;
  /** Ends it and forgets what it held. */
  remove(): Promise<void>;
}
