import assert from 'node:assert/strict';
import { verbsOf } from '../../../src/faults/all-verbs.ts';
import { faultDeclarations, faultNames, findFault } from '../../../src/faults/declarations.ts';
import { exampleParameters } from '../../support/fault-example.ts';

describe('the catalogue of faults', () => {
  it('finds each by its name and its aliases, and nothing else', () => {
    for (const fault of faultDeclarations) {
      assert.deepEqual(findFault(fault.name), { fault });
      for (const alias of fault.aliases) assert.deepEqual(findFault(alias.name), { fault, alias });
    }
    for (const name of ['', 'pod-kil', 'POD-DELETE', 'toString']) assert.equal(findFault(name), undefined);
  });

  it('has every name once', () => {
    assert.equal(new Set(faultNames).size, faultNames.length);
  });

  for (const fault of faultDeclarations) {
    describe(fault.name, () => {
      it('has verbs', () => assert.doesNotThrow(() => verbsOf(fault.name)));

      it('has effective defaults that are plain data', () => {
        const parameters = fault.parameters.defaults;
        assert.deepEqual(JSON.parse(JSON.stringify(parameters)), parameters);
      });

      it('knows Litmus by defaults of parameters it has', () => {
        const known = Object.values(fault.parameters.byName).map(({ sets }) => sets);
        for (const name of Object.keys(fault.litmus?.defaults ?? {}))
          assert.ok(known.includes(name), `${name} is not one of ${known.join(', ')}`);
      });

      it('reads an alias of a variable as that variable', () => {
        for (const [name, { aliasOf, aliasNote }] of Object.entries(fault.litmus?.env ?? {})) {
          if (aliasOf === undefined) continue;
          assert.ok(Object.hasOwn(fault.litmus?.env ?? {}, aliasOf), `${name} is an alias of ${aliasOf}, which is not read`);
          assert.ok(aliasNote, `${name} does not say what Litmus makes of it`);
        }
      });

      it('asks for just the rights it needs', () => {
        assert.ok(fault.permissions.length > 0);
        for (const { resource, verbs } of fault.permissions) {
          assert.ok(resource !== '*' && verbs.length > 0 && !verbs.includes('*'), `${verbs} ${resource}`);
          // Only a fault that deletes objects has something to keep in a Secret until it is put back.
          assert.ok(resource !== 'secrets' || fault.targets === 'objects', 'secrets');
        }
      });

      it('says what it does and what undoes it, naming the pods', () => {
        const described = { parameters: exampleParameters(fault), durationMs: 90_000, targets: ['a-0', 'a-1'] };
        assert.match(fault.describeInject(described), /a-0, a-1/);
        assert.notEqual(fault.describeUndo(described), '');
      });
    });
  }

  it('says how a deletion is done', () => {
    const fault = findFault('pod-delete')?.fault;
    const sentence = (parameters: Record<string, number | boolean>) => fault?.describeInject({ parameters, durationMs: 1, targets: ['a'] });
    assert.equal(sentence({ force: false }), 'delete a with its own grace period');
    assert.equal(sentence({ force: false, gracePeriodSeconds: 15 }), 'delete a with 15 s of grace');
    assert.equal(sentence({ force: true, gracePeriodSeconds: 0 }), 'delete a without grace, by force');
  });

  it('says how much CPU is burned, and how packets are delayed', () => {
    const hog = findFault('pod-cpu-hog')?.fault;
    assert.equal(
      hog?.describeInject({ parameters: { cores: 0, loadPercent: 50 }, durationMs: 60_000, targets: ['a'] }),
      'burn every CPU of the node at 50 % in a for 1m',
    );
    const latency = findFault('network-latency')?.fault;
    assert.equal(
      latency?.describeInject({
        parameters: { ...latency.parameters.defaults, latencyMs: 500, jitterMs: 50 },
        durationMs: 90_000,
        targets: ['a'],
      }),
      'delay packets leaving a by eth0 by 500 ms ± 50 ms for 1m30s',
    );
  });
});
