import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** What Linux tells of a process: CPU time so far in seconds, memory now and at most so far in bytes. */
export interface ProcessCost {
  cpuSeconds: number;
  residentBytes: number;
  mostResidentBytes: number;
}

export function costOf(pid: number): ProcessCost {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  // The name in parentheses may have blanks in it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentBytes: kibibytes(status, 'VmRSS') * 1024,
    mostResidentBytes: kibibytes(status, 'VmHWM') * 1024,
  };
}

function kibibytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN);
}
