import { execFile } from 'node:child_process';
import { netnsBinary } from '../../lab/artifacts/binaries.ts';
import { Progress } from '../../lab/progress.ts';

/** What a network namespace holds that could disturb packets, each a line that names it. */
export interface NetworkSeen {
  /** tables of nf_tables, `inet squall_1234` */
  tables: string[];
  /** queueing disciplines, except `noqueue`, which does nothing */
  qdiscs: string[];
  /** packet queues that a process has bound */
  queues: string[];
}

const timeoutMs = 30_000;

/**
 * Reads the network namespaces of these processes, as root; one whose process has ended is missing from the answer.
 * @throws Error when one was entered and could not be read
 */
export async function readNetworks(pids: readonly number[]): Promise<Map<number, NetworkSeen>> {
  const binary = await netnsBinary(new Progress());
  const output = await new Promise<string>((resolve, reject) => {
    execFile(binary, pids.map(String), { maxBuffer: 16 * 2 ** 20, timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`checker: ${stderr.trim() || error.message}`, { cause: error }));
    });
  });
  const lines = output.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as NetworkSeen & { pid: number }).map(({ pid, ...seen }) => [pid, seen]));
}
