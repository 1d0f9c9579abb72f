import assert from 'node:assert/strict';
import type { ExperimentSpec } from '../../../src/contracts/campaign.ts';
import { effectiveDocument } from '../../../src/report/effective-document.ts';
import { campaign, plan, planned, probe, spec } from './example.ts';

describe('the effective document of a report', () => {
  const experimentOf = (experiment: ExperimentSpec) => ({ kind: 'experiment' as const, experiment });

  it('has the hypothesis the plan gave an experiment, where nothing was written', () => {
    const { hypothesis: _, ...plain } = spec({ name: 'plain' });
    const own = spec({ name: 'own', hypothesis: [probe({ name: 'mine' })] });
    const document = campaign({ hypothesis: [], steps: [experimentOf(plain), { kind: 'parallel', experiments: [own] }] });
    const given = plan({
      experiments: [
        planned({ spec: plain, hypothesis: [probe({ name: 'by-default' })] }),
        planned({ spec: own, hypothesis: [probe({ name: 'mine' })] }),
      ],
    });
    const { steps } = effectiveDocument(document, given);
    assert.deepEqual(steps, [
      experimentOf({ ...plain, hypothesis: [probe({ name: 'by-default' })] }),
      { kind: 'parallel', experiments: [own] },
    ]);
    assert.deepEqual(effectiveDocument(document, null).steps, document.steps);
  });

  it('holds no secret and no warning', () => {
    const asking = probe({ type: 'http', parameters: { url: 'http://user:a-password@shop.example/' } });
    const warnings = [{ code: 'alias-used', path: 'spec', message: 'an alias' }];
    const document = effectiveDocument(campaign({ hypothesis: [asking], warnings }), null);
    assert.ok(!('warnings' in document));
    assert.equal(document.hypothesis[0]?.parameters.url, 'http://[redacted]@shop.example/');
  });
});
