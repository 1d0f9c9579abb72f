import { z } from 'zod';
import { renderHtml } from '../../report/html/render-html.ts';
import { renderJUnit } from '../../report/junit.ts';
import { renderMarkdown } from '../../report/markdown.ts';
import { renderText } from '../../report/text.ts';
import { placeOfRun } from '../places.ts';
import { readEndedRun } from '../read-ended-run.ts';
import { reportLinks } from '../report-links.ts';
import { declareRoute } from '../route.ts';
import { describeRun, runLinks } from '../run-resource.ts';
import { report as reportSchema } from '../schemas/report.ts';
import { runParams } from './run-params.ts';

const mediaTypes = ['application/json', 'text/html', 'text/markdown', 'application/xml', 'text/plain'] as const;

export const readReport = declareRoute(
  {
    method: 'get',
    path: '/v1/runs/{id}/report',
    operationId: 'readReport',
    tag: 'runs',
    summary: "A run's report, when it has ended: as Accept asks for it",
    access: 'viewer',
    params: runParams,
    responses: {
      200: {
        description: 'The report. As XML it is what CI systems show of tests (JUnit)',
        content: {
          'application/json': reportSchema,
          'text/html': z.string(),
          'text/markdown': z.string(),
          'application/xml': z.string(),
          'text/plain': z.string(),
        },
      },
    },
    problems: ['run-not-found', 'run-in-progress', 'no-report', 'not-acceptable'],
  },
  async ({ params, accepts, authorize }, context) => {
    const type = accepts(mediaTypes);
    const { client, uiUrl } = context;
    const run = await describeRun(client, params.id);
    authorize([placeOfRun(run)]);
    const report = await readEndedRun(client, run);
    switch (type) {
      case 'application/json':
        return { status: 200, body: report };
      case 'text/html': {
        const links = reportLinks(report, runLinks(run, { namespace: client.options.namespace, uiUrl }), context);
        return { status: 200, type, body: await renderHtml(report, links) };
      }
      case 'text/markdown':
        return { status: 200, type, body: renderMarkdown(report) };
      case 'application/xml':
        return { status: 200, type, body: renderJUnit(report) };
      case 'text/plain':
        return { status: 200, type, body: renderText(report) };
    }
  },
);
