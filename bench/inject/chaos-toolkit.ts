import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../lab/run.ts';

const versions = ['chaostoolkit', 'chaostoolkit-kubernetes'];

/** The Chaos Toolkit with its extension for Kubernetes, in a virtual environment that is kept with the lab's artifacts. */
export class ChaosToolkit {
  readonly #chaos: string;
  readonly #kubeconfig: string;
  readonly #namespace: string;

  private constructor(chaos: string, kubeconfig: string, namespace: string) {
    this.#chaos = chaos;
    this.#kubeconfig = kubeconfig;
    this.#namespace = namespace;
  }

  /** Installs it the first time. @throws Error when python3 or PyPI is not there */
  static async open(kubeconfig: string, namespace: string): Promise<ChaosToolkit> {
    const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'squall');
    const folder = join(cache, 'chaostoolkit');
    const chaos = join(folder, 'bin/chaos');
    if (!existsSync(chaos)) {
      await mkdir(cache, { recursive: true });
      await run(['python3', '-m', 'venv', folder]);
      await run([join(folder, 'bin/pip'), 'install', '--quiet', ...versions]);
    }
    return new ChaosToolkit(chaos, kubeconfig, namespace);
  }

  async version(): Promise<string> {
    return (await run([this.#chaos, '--version'])).trim();
  }

  /** Runs an experiment whose method is to delete one pod. */
  async deletePod(name: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'squall-bench-'));
    try {
      const file = join(folder, 'experiment.json');
      await writeFile(file, JSON.stringify(experimentOf(this.#namespace, name)));
      const argv = [this.#chaos, '--no-version-check', 'run', '--journal-path', join(folder, 'journal.json'), file];
      await run(argv, { cwd: folder, env: { KUBECONFIG: this.#kubeconfig } });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function experimentOf(namespace: string, name: string): object {
  return {
    title: 'delete a pod',
    description: 'as squall does it, without a hypothesis',
    method: [
      {
        type: 'action',
        name: 'delete',
        provider: {
          type: 'python',
          module: 'chaosk8s.pod.actions',
          func: 'terminate_pods',
          arguments: { ns: namespace, name_pattern: `^${name}$` },
        },
      },
    ],
  };
}
