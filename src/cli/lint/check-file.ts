import { isRecord, readDocument } from '../../campaign/document.ts';
import { type ParsedCampaign, parseCampaign } from '../../campaign/parse.ts';
import { parseSchedule } from '../../schedules/document.ts';

export interface LintFinding {
  file: string;
  /** a stable name: `mistake`, or the code of a warning */
  rule: string;
  level: 'error' | 'warning';
  /** in the document; empty: the document itself */
  path: string;
  line: number;
  /** null: of a warning the line alone is known */
  column: number | null;
  message: string;
}

export interface LintResult {
  file: string;
  findings: LintFinding[];
}

/** The mistakes and the warnings of one document. */
export function checkDocument(file: string, text: string): LintResult {
  const parsed = parse(file, text);
  if (!parsed.ok) {
    const findings = parsed.problems.map(({ path, line, column, found, expected }): LintFinding => {
      return { file, rule: 'mistake', level: 'error', path, line, column, message: `found ${found}, expected ${expected}` };
    });
    return { file, findings };
  }
  const findings = parsed.campaign.warnings.map(({ code, path, line, message }): LintFinding => {
    return { file, rule: code, level: 'warning', path, line: line ?? 1, column: null, message };
  });
  return { file, findings };
}

/** A campaign, or a saved one with the campaign in it. */
function parse(fileName: string, text: string): ParsedCampaign {
  const read = readDocument(text, fileName);
  if (!read.ok || !isRecord(read.document.value) || read.document.value.kind !== 'Schedule') return parseCampaign(text, { fileName });
  const parsed = parseSchedule(text, { fileName });
  return parsed.ok ? { ok: true, campaign: parsed.schedule.campaign } : parsed;
}

const dialects = /^(squall\.dev|litmuschaos\.io|chaos-mesh\.org)\//;

/** Whether a document says that it is something else: other files of a repository, which a hook is given with the campaigns. */
export function isOther(text: string): boolean {
  const read = readDocument(text);
  if (!read.ok || !isRecord(read.document.value)) return !/\b(squall\.dev|litmuschaos\.io|chaos-mesh\.org)\//.test(text);
  const { apiVersion, method } = read.document.value;
  // Chaos Toolkit's experiments have no apiVersion, and a method.
  return typeof apiVersion === 'string' ? !dialects.test(apiVersion) : method === undefined;
}
