import { execFile } from 'node:child_process';

/** What a network namespace has of rules, queueing disciplines and packet queues; each a line that names it. */
export interface NetworkSeen {
  /** tables of nf_tables, `inet squall_1234`, with what is in them */
  tables: Map<string, string>;
  /** those that are not the kernel's default `noqueue` */
  qdiscs: string[];
  /** packet queues that a process has bound */
  queues: string[];
}

/**
 * Reads the network namespaces of these processes, as root; one whose process has ended is missing from the answer.
 * @throws Error when one was entered and could not be read
 */
export async function readNetworks(pids: readonly number[]): Promise<Map<number, NetworkSeen>> {
  const script = pids
    .map(
      (pid) =>
        `nsenter --target ${pid} --net -- sh -c 'echo "@pid ${pid}"; nft list ruleset || exit; echo "@qdiscs"; tc qdisc show || exit; echo "@queues"; cat /proc/self/net/netfilter/nfnetlink_queue; echo "@end"' 2>&1`,
    )
    .join('\n');
  const output = await sh(script);
  const found = new Map<number, NetworkSeen>();
  for (const part of output.split(/^@pid /m).slice(1)) {
    const [, pid, rules, qdiscs, queues] = /^(\d+)\n([\s\S]*?)@qdiscs\n([\s\S]*?)@queues\n([\s\S]*?)@end\n/.exec(part) ?? [];
    if (pid === undefined || rules === undefined || qdiscs === undefined || queues === undefined) {
      throw new Error(`checker: network namespace of process ${part.slice(0, 300)}, expected rules, qdiscs and queues`);
    }
    found.set(Number(pid), {
      tables: parseTables(rules),
      qdiscs: lines(qdiscs).filter((line) => !/^qdisc noqueue /.test(line)),
      queues: lines(queues),
    });
  }
  return found;
}

function parseTables(ruleset: string): Map<string, string> {
  const tables = new Map<string, string>();
  for (const text of ruleset.split(/^(?=table )/m)) {
    const name = /^table (\S+ \S+)/.exec(text)?.[1];
    if (name !== undefined) tables.set(name, text.replaceAll(/\s+/g, ' ').trim());
  }
  return tables;
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function sh(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('sh', ['-s'], { maxBuffer: 64 * 2 ** 20, timeout: 30_000 }, (error, stdout) => {
      // Whatever the exit code: what was not read is missing from the output.
      if (error !== null && error.killed === true)
        reject(new Error('checker: the network namespaces were not read within 30 s', { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.end(`${script}\ntrue\n`);
  });
}
