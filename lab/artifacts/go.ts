import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { LabFailure } from '../failure.ts';
import { attempt, run } from '../run.ts';

const needed = [1, 26] as const;
/** From here on an older Go fetches the toolchain that a module asks for by itself. */
const fetchesToolchains = [1, 21] as const;

export interface GoToolchain {
  usable: boolean;
  /** what was found, for a person */
  found: string;
}

/** Parses `go version` and judges it. */
export function judgeGo(output: string | undefined, toolchainPolicy: string): GoToolchain {
  const match = /go(\d+)\.(\d+)(?:\.\d+)?/.exec(output ?? '');
  if (match === null) return { usable: false, found: 'no go on PATH' };
  const version: [number, number] = [Number(match[1]), Number(match[2])];
  if (atLeast(version, needed)) return { usable: true, found: match[0] };
  if (atLeast(version, fetchesToolchains) && toolchainPolicy !== 'local')
    return { usable: true, found: `${match[0]}, which fetches 1.26 by itself` };
  return { usable: false, found: match[0] };
}

export async function findGo(): Promise<GoToolchain> {
  const version = await attempt(['go', 'version'], { env: { GOTOOLCHAIN: 'local' } }).catch(() => undefined);
  const policy =
    version === undefined ? undefined : await attempt(['go', 'env', 'GOTOOLCHAIN'], { env: { GOTOOLCHAIN: process.env.GOTOOLCHAIN } });
  return judgeGo(version?.stdout, policy?.stdout.trim() ?? '');
}

export function goMissing(toolchain: GoToolchain): LabFailure {
  return new LabFailure(
    `go: found ${toolchain.found}, expected Go 1.26 or newer (or 1.21 or newer with GOTOOLCHAIN=auto): Kubernetes, Temporal and CoreDNS are built from source. ` +
      'Install it from go.dev/dl or your distribution and put it on PATH.',
  );
}

const buildFlags = (values: Record<string, string>): string[] => {
  const settings = Object.entries(values).map(([variable, value]) => ` -X ${variable}=${value}`);
  return ['-trimpath', `-ldflags=-s -w${settings.join('')}`];
};
const buildEnv = { CGO_ENABLED: '0', GOFLAGS: '' };

/**
 * Builds the module in `source` into the static binary `output`, without writing to `source`.
 * @param values string variables, by their full names, that the linker sets
 */
export async function goBuild(source: string, output: string, values: Record<string, string> = {}): Promise<void> {
  await run(['go', 'build', ...buildFlags(values), '-o', output, '.'], { cwd: source, env: buildEnv });
}

/** Installs a published command into the directory `bin`. */
export async function goInstall(command: string, bin: string): Promise<void> {
  await run(['go', 'install', ...buildFlags({}), command], { env: { ...buildEnv, GOBIN: bin } });
}

/** A module of this project is built from a copy, for Go would look for a workspace or a vendor folder around it. */
export async function goBuildCopy(source: string, scratch: string, binary: string): Promise<void> {
  await cp(source, scratch, { recursive: true });
  await goBuild(scratch, join(scratch, binary));
}

function atLeast(version: readonly [number, number], minimum: readonly [number, number]): boolean {
  return version[0] > minimum[0] || (version[0] === minimum[0] && version[1] >= minimum[1]);
}
