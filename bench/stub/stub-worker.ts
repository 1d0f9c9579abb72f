/** What starts a worker whose cluster is a stub, with Node's options as k8s/base/worker.yaml has them. */
export const stubWorker: readonly string[] = ['--max-semi-space-size=2', '--max-old-space-size=512', 'bench/stub/worker-process.ts'];
