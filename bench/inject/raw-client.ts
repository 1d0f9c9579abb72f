import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { CoreV1Api, Exec, type KubeConfig, PatchStrategy, setHeaderOptions, type V1Pod, type V1Status } from '@kubernetes/client-node';
import type { PodTarget } from '../../src/contracts/plan.ts';
import { type CarrierKind, carrierSecurity } from '../../src/faults/carrier/carrier-security.ts';

const pollMs = 50;
const startWithinMs = 60_000;

/** The same things done by the Kubernetes client alone, one call after the other: what cannot be beaten by much. */
export class RawClient {
  readonly #core: CoreV1Api;
  readonly #exec: Exec;
  readonly #namespace: string;
  readonly #agentImage: string;

  constructor(config: KubeConfig, namespace: string, agentImage: string) {
    this.#core = config.makeApiClient(CoreV1Api);
    this.#exec = new Exec(config);
    this.#namespace = namespace;
    this.#agentImage = agentImage;
  }

  async deletePod(name: string): Promise<void> {
    await this.#core.deleteNamespacedPod({ namespace: this.#namespace, name });
  }

  /** Puts an agent into a pod, and resolves when the kubelet says that it runs. */
  async addAgent(pod: string, container: string, kind: CarrierKind): Promise<void> {
    const read = await this.#read(pod);
    const security = carrierSecurity(kind, read, { container: 'main' } as PodTarget, undefined);
    const ephemeral = {
      name: container,
      image: this.#agentImage,
      imagePullPolicy: 'IfNotPresent',
      command: ['/squall-agent', 'serve', '--idle-timeout', '30m'],
      securityContext: security,
      ...(kind !== 'network' && { targetContainerName: 'main' }),
    };
    await this.#core.patchNamespacedPodEphemeralcontainers(
      { namespace: this.#namespace, name: pod, body: { spec: { ephemeralContainers: [ephemeral] } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
    for (const end = Date.now() + startWithinMs; ; await delay(pollMs)) {
      const { status } = await this.#read(pod);
      if (status?.ephemeralContainerStatuses?.some(({ name, state }) => name === container && state?.running)) return;
      if (Date.now() > end) throw new Error(`${container} in ${pod} does not run after ${startWithinMs} ms`);
    }
  }

  /** What an agent answers to one request, by an exec of its own. */
  async ask(pod: string, container: string, request: object): Promise<Record<string, unknown>> {
    const line = await this.run(pod, container, ['/squall-agent', 'call', JSON.stringify(request)]);
    const answer = JSON.parse(line) as Record<string, unknown>;
    if (answer.ok !== true) throw new Error(`the agent of ${pod} refuses ${JSON.stringify(request)}: ${line}`);
    return answer;
  }

  /** The output of a program that ends. */
  async run(pod: string, container: string, argv: string[]): Promise<string> {
    const { output, ended } = await this.#start(pod, container, argv);
    const [all] = await Promise.all([text(output), ended]);
    return all;
  }

  /** The first line of a program that goes on. */
  async firstLine(pod: string, container: string, argv: string[]): Promise<string> {
    const { output, socket } = await this.#start(pod, container, argv);
    let all = '';
    for await (const chunk of output) {
      all += String(chunk);
      if (all.includes('\n')) break;
    }
    socket.close();
    return all.split('\n')[0] ?? '';
  }

  async #start(pod: string, container: string, argv: string[]) {
    const output = new PassThrough();
    const errors = new PassThrough();
    errors.resume();
    const { promise: ended, resolve } = Promise.withResolvers<V1Status>();
    const socket = await this.#exec.exec(this.#namespace, pod, container, argv, output, errors, null, false, (status) => {
      output.end();
      resolve(status);
    });
    return { output, ended, socket };
  }

  #read(name: string): Promise<V1Pod> {
    return this.#core.readNamespacedPod({ namespace: this.#namespace, name });
  }
}
