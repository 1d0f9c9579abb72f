import assert from 'node:assert/strict';
import { matchesLabels, parseLabelSelector } from '../../../src/campaign/label-selector.ts';

describe('label selectors', () => {
  const labels = { app: 'redis', tier: 'cache', 'app.kubernetes.io/name': 'redis', empty: '' };
  const matching = [
    'app=redis',
    'app==redis',
    'app = redis',
    'app!=postgres',
    'missing!=x',
    'app=redis,tier=cache',
    'tier in (cache,db)',
    'tier notin (db)',
    'missing notin (db)',
    'tier',
    '!missing',
    'app.kubernetes.io/name=redis,tier in (cache, db),!legacy',
    'empty=',
  ];
  for (const selector of matching) {
    it(`${selector} matches`, () => {
      assert.equal(parseLabelSelector(selector).ok, true);
      assert.equal(matchesLabels(selector, labels), true);
    });
  }
  for (const selector of [
    'app=postgres',
    'app=redis,tier=db',
    'tier in (db)',
    'tier notin (cache)',
    'missing',
    '!tier',
    'missing=x',
    'missing in (x)',
    'toString',
  ]) {
    it(`${selector} does not match`, () => {
      assert.equal(parseLabelSelector(selector).ok, true);
      assert.equal(matchesLabels(selector, labels), false);
    });
  }
  for (const selector of [
    '',
    ' ',
    'app redis',
    'app=re dis',
    'app=redis,',
    'tier in cache',
    'tier in (cache',
    '=x',
    'app=redis;tier=db',
    '-app=x',
    5,
    null,
  ]) {
    it(`${JSON.stringify(selector)} is refused`, () => {
      const parsed = parseLabelSelector(selector);
      assert.ok(!parsed.ok);
      assert.match(parsed.expected, /for example app=redis/);
    });
  }
});
