import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A process of the machine's that the lab's Prometheus is to scrape. */
export interface ScrapedProcess {
  /** as alerts and dashboards know it: `squall-worker`, `squall-api` */
  job: string;
  /** HOST:PORT */
  target: string;
}

/** Where Prometheus finds such processes; each file is somebody's. */
export function scrapedFilesOf(labDirectory: string): string {
  return join(labDirectory, 'prometheus', 'processes');
}

/**
 * Has the lab's Prometheus scrape processes of the machine's, until what is answered is called.
 *
 * @param name of who asks; the same name replaces what it asked before
 */
export async function scrapeProcesses(
  labDirectory: string,
  name: string,
  processes: readonly ScrapedProcess[],
): Promise<() => Promise<void>> {
  const folder = scrapedFilesOf(labDirectory);
  const file = join(folder, `${name}.json`);
  await mkdir(folder, { recursive: true });
  // Prometheus must not read half of it.
  await writeFile(`${file}.new`, JSON.stringify(processes.map(({ job, target }) => ({ targets: [target], labels: { job } }))));
  await rename(`${file}.new`, file);
  return () => rm(file, { force: true });
}
