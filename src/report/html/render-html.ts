import { stringify } from 'yaml';
import type { Report } from '../../contracts/report.ts';
import { drawTimeline } from '../timeline/draw-timeline.ts';
import { makeTimeline } from '../timeline/timeline.ts';
import { type Page, renderPage } from './page.ts';
import { type PageLink, reportPage } from './report-page.ts';
import { describeTimeline } from './timeline-section.ts';

/** The report as one page that needs nothing else and asks nobody: readable on any screen, light or dark, and on paper. */
export async function renderHtml(report: Report, links: readonly PageLink[] = []): Promise<string> {
  return renderPage(await drawnPage(report, links));
}

/** The same before it is a page of its own: it is a part of another one, too. */
export async function drawnPage(report: Report, links: readonly PageLink[] = []): Promise<Page> {
  const timeline = makeTimeline(report);
  return reportPage(report, {
    links,
    ...(timeline !== null && { drawing: await drawTimeline(timeline, describeTimeline(timeline)) }),
    ...(report.document !== undefined && { document: stringify(report.document, { aliasDuplicateObjects: false, lineWidth: 0 }) }),
  });
}
