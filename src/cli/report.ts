import { type ApiAccess, request } from '../client/api.ts';
import type { Report } from '../contracts/report.ts';
import { renderText } from '../report/text.ts';
import { apiAccess } from './api-access.ts';
import type { reportOptions } from './commands/runs.ts';
import type { Given } from './declare.ts';
import { toYaml } from './output.ts';
import { hasColor } from './terminal.ts';

/** By the names of `--output` and `--report`: what the API is asked for. */
export const reportTypes = {
  json: 'application/json',
  text: 'text/plain',
  html: 'text/html',
  markdown: 'text/markdown',
  junit: 'application/xml',
} as const;

export type ReportFormat = keyof typeof reportTypes;

/** `squall report RUN` */
export async function report({ words: [id = ''], options }: Given<typeof reportOptions>): Promise<number> {
  const access = apiAccess(options.api);
  const path = `/v1/runs/${encodeURIComponent(id)}/report`;
  const { output } = options;
  if (output === 'html' || output === 'markdown' || output === 'junit') {
    process.stdout.write(await readReportAs(access, path, output));
    return 0;
  }
  const read = JSON.parse(await readReportAs(access, path, 'json')) as Report;
  process.stdout.write(output === 'json' ? `${JSON.stringify(read, null, 2)}\n` : output === 'yaml' ? toYaml(read) : reportText(read));
  return 0;
}

/** As a person reads it, as wide as the terminal. */
export function reportText(read: Report): string {
  const { columns } = process.stdout;
  return renderText(read, { color: hasColor(process.stdout), ...(columns === undefined ? {} : { width: columns }) });
}

/** The report of the run, ends with a newline. @throws ApiProblem; ApiUnreachable */
export async function readReportAs(access: ApiAccess, path: string, format: ReportFormat): Promise<string> {
  const text = await (await request(access, path, { accept: reportTypes[format] })).text();
  return text.endsWith('\n') ? text : `${text}\n`;
}
