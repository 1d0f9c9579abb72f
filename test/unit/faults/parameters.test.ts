import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import type { Problem } from '../../../src/campaign/problem.ts';
import { faultDeclarations } from '../../../src/faults/declarations.ts';
import type { FaultDeclaration } from '../../../src/faults/definition.ts';

/** A fault's example with other parameters, in an otherwise complete campaign. */
function parseWith(fault: FaultDeclaration, parameters: unknown) {
  const experiment = { ...parseYaml(fault.example), parameters };
  const spec = { target: { namespace: 'default', kind: 'StatefulSet', name: 'redis' }, steps: [{ experiment }] };
  const document = { apiVersion: 'squall.dev/v1', kind: 'Campaign', metadata: { name: 'example' }, spec };
  return parseCampaign(JSON.stringify(document), { fileName: 'campaign.json' });
}

function problemsOf(fault: FaultDeclaration, parameters: unknown): Problem[] {
  const result = parseWith(fault, parameters);
  assert.ok(!result.ok, `${JSON.stringify(parameters)} was taken`);
  return result.problems;
}

/** The parameters of the fault's example, without some of them. */
function given(fault: FaultDeclaration, ...without: string[]): Record<string, unknown> {
  const parameters: Record<string, unknown> = parseYaml(fault.example).parameters ?? {};
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !without.includes(name)));
}

const place = 'spec.steps[0].experiment.parameters';

describe('parameters of faults', function () {
  // each parses some hundred campaigns
  this.timeout(20_000);
  for (const fault of faultDeclarations) {
    describe(fault.name, () => {
      const entries = Object.entries(fault.parameters.byName);

      it('takes its own example', () => {
        const result = parseWith(fault, given(fault));
        assert.ok(result.ok, JSON.stringify(result));
      });

      it('says which parameter nobody knows, and which there are', () => {
        const [problem] = problemsOf(fault, { ...given(fault), 'no-such-parameter': 1 });
        assert.ok(problem?.path.startsWith(place), problem?.path);
        assert.match(problem?.found ?? '', /no-such-parameter/);
        assert.notEqual(problem?.expected, '');
      });

      for (const [name, parameter] of entries) {
        it(`takes what the page says of ${name}`, () => {
          for (const value of [parameter.example, parameter.default]) {
            if (value !== undefined) assert.ok(parameter.parse(value).ok, `${JSON.stringify(value)} is refused`);
          }
        });

        it(`refuses ${name} of another kind, unit or range, at its place`, () => {
          assert.ok(parameter.refused.length > 0, 'nothing is known to be refused');
          for (const value of parameter.refused) {
            const problems = problemsOf(fault, { ...given(fault, name), [name]: value });
            const problem = problems.find(({ path }) => path.startsWith(`${place}.${name}`));
            assert.ok(problem, `${JSON.stringify(value)}: no problem at ${place}.${name} but ${JSON.stringify(problems)}`);
            assert.ok(problem.found !== '' && problem.expected !== '' && problem.line !== undefined, JSON.stringify(problem));
          }
        });

        if (!parameter.required) continue;
        it(`asks for ${name}`, () => {
          const problems = problemsOf(fault, given(fault, name));
          const problem = problems.find(({ path }) => path.startsWith(`${place}.${name}`) || path === place);
          assert.ok(problem, JSON.stringify(problems));
          assert.equal(problem.found, 'nothing');
        });
      }

      for (const contradiction of fault.parameters.contradictions) {
        it(`refuses the contradiction ${JSON.stringify(contradiction)}`, () => {
          for (const [name, value] of Object.entries(contradiction)) {
            assert.ok(fault.parameters.byName[name]?.parse(value).ok, `${name} is wrong by itself`);
          }
          const problems = problemsOf(fault, contradiction);
          assert.ok(
            problems.some(({ path }) => path.startsWith(place)),
            JSON.stringify(problems),
          );
        });
      }

      it('answers whatever is written with parameters or with problems at their place', () => {
        const names = entries.map(([name]) => name);
        const key = names.length === 0 ? fc.string() : fc.oneof(fc.constantFrom(...names), fc.string());
        // A document with this key is refused as a whole, at no place in particular.
        const written = fc
          .dictionary(key, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
          .filter((parameters) => !JSON.stringify(parameters).includes('"__proto__":'));
        fc.assert(
          fc.property(written, (parameters) => {
            const result = parseWith(fault, parameters);
            if (result.ok) return;
            for (const { path } of result.problems) assert.ok(path.startsWith(place), path);
          }),
          { numRuns: 50 },
        );
      });
    });
  }
});
