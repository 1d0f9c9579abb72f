import { ApiException, ApiextensionsV1Api, type V1CustomResourceDefinition } from '@kubernetes/client-node';
import { attempt } from '../../lab/run.ts';
import type { Site } from './site.ts';

/** where its program is: `go build ./bin/experiment` in a checkout of github.com/litmuschaos/litmus-go */
const programVariable = 'LITMUS_GO';
const crd = 'chaosresults.litmuschaos.io';

/**
 * The program of LitmusChaos that deletes pods, as its operator has a pod run it, but with nothing before it: no ChaosEngine, no runner
 * and no pod to be scheduled and started. It takes no checks before and after, either. So Litmus as a whole takes longer than this.
 */
export class Litmus implements AsyncDisposable {
  readonly #program: string;
  readonly #site: Site;
  readonly #definitions: ApiextensionsV1Api;
  /** it was not there before */
  readonly #defined: boolean;

  private constructor(program: string, site: Site, definitions: ApiextensionsV1Api, defined: boolean) {
    this.#program = program;
    this.#site = site;
    this.#definitions = definitions;
    this.#defined = defined;
  }

  /** @throws Error when its program is not told of */
  static async open(site: Site): Promise<Litmus> {
    const program = process.env[programVariable];
    if (program === undefined || program === '') {
      throw new Error(
        `it is not a package: build github.com/litmuschaos/litmus-go (go build ./bin/experiment), and set ${programVariable}`,
      );
    }
    const definitions = site.config.makeApiClient(ApiextensionsV1Api);
    return new Litmus(program, site, definitions, await define(definitions));
  }

  /** Resolves when the experiment has ended. */
  async deletePod(name: string): Promise<void> {
    const { namespace, lab } = this.#site;
    const argv = [this.#program, '-name', 'pod-delete', '-kubeconfig', lab.kubeconfig];
    const env = {
      // Two of its libraries bring one file each under the same name: it ends at once otherwise.
      GOLANG_PROTOBUF_REGISTRATION_CONFLICT: 'warn',
      EXPERIMENT_NAME: 'pod-delete',
      CHAOS_NAMESPACE: namespace,
      TARGETS: `deployment:${namespace}:[bench]`,
      TARGET_PODS: name,
      SEQUENCE: 'serial',
      DEFAULT_HEALTH_CHECK: 'false',
      // Once: it goes on deleting for so long.
      TOTAL_CHAOS_DURATION: '1',
      CHAOS_INTERVAL: '1',
    };
    const { code, stdout, stderr } = await attempt(argv, { env });
    const output = stdout + stderr;
    // It ends with code 0, come what may.
    const hasInjected = code === 0 && output.includes('chaos has been injected successfully');
    if (!hasInjected) throw new Error(`it injected nothing, and ended with code ${code}: ${output.trim()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#defined) await this.#definitions.deleteCustomResourceDefinition({ name: crd });
  }
}

/** False: somebody has defined it already. */
async function define(definitions: ApiextensionsV1Api): Promise<boolean> {
  try {
    await definitions.createCustomResourceDefinition({ body: definition });
    return true;
  } catch (error) {
    if (error instanceof ApiException && error.code === 409) return false;
    throw error;
  }
}

/** What an experiment writes its result to. */
const definition: V1CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: crd },
  spec: {
    group: 'litmuschaos.io',
    scope: 'Namespaced',
    names: { kind: 'ChaosResult', listKind: 'ChaosResultList', plural: 'chaosresults', singular: 'chaosresult' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', x_kubernetes_preserve_unknown_fields: true } },
      },
    ],
  },
};
