import assert from 'node:assert/strict';
import { interpolate } from '../../../src/dashboards/interpolate.ts';

const several = { multi: true, includeAll: true };

describe('variables in a query', () => {
  const variables = new Map([
    ['one', { value: { values: ['a.b'] } }],
    ['quoted', { value: { values: ['say "hi"\\'] } }],
    ['pods', { value: { values: ['redis-0', 'redis.1'] }, variable: several }],
    ['pod', { value: { values: ['redis.1'] }, variable: several }],
    ['all', { value: { raw: '.*' }, variable: several }],
    ['__rate_interval', { value: { raw: '1m' } }],
  ]);
  const cases: [query: string, asked: string][] = [
    ['up{a="$one"}', 'up{a="a.b"}'],
    ['up{a="$quoted"}', String.raw`up{a="say \"hi\"\\"}`],
    // As Grafana does it: what may be several goes into a regular expression, whose backslashes a string doubles.
    ['up{pod=~"$pods"}', String.raw`up{pod=~"(redis-0|redis\\.1)"}`],
    ['up{pod=~"$pod"}', String.raw`up{pod=~"redis\\.1"}`],
    ['up{pod=~"$all"}', 'up{pod=~".*"}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Grafana's
    ['up{pod=~"${pods:pipe}", b=~"${pods:csv}", c="${one:raw}"}', 'up{pod=~"redis-0|redis.1", b=~"redis-0,redis.1", c="a.b"}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Grafana's
    ['a{b=~"${pods:regex}"} or c{d=~"[[one]]"}', String.raw`a{b=~"(redis-0|redis\.1)"} or c{d=~"a.b"}`],
    ['rate(a_total[$__rate_interval])', 'rate(a_total[1m])'],
    ['label_replace(up, "to", "$1-x", "from", "(.*)")', 'label_replace(up, "to", "$1-x", "from", "(.*)")'],
  ];
  for (const [query, asked] of cases) it(query, () => assert.deepEqual(interpolate(query, variables), { text: asked, unknown: [] }));

  it('names what stands for nothing, once, and leaves it', () => {
    assert.deepEqual(interpolate('a{b="$env"} / c{d="$env", e="$one"}', variables), {
      text: 'a{b="$env"} / c{d="$env", e="a.b"}',
      unknown: ['env'],
    });
  });
});
