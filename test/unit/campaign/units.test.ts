import assert from 'node:assert/strict';
import {
  describe as describeValue,
  formatDuration,
  type Parsed,
  parseBoolean,
  parseBytes,
  parseDuration,
  parseInteger,
  parseList,
  parsePercent,
} from '../../../src/campaign/units.ts';

function accepts<T>(parse: (value: unknown) => Parsed<T>, cases: [unknown, T][]): void {
  for (const [value, expected] of cases) {
    it(`takes ${describeValue(value)} as ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(parse(value), { ok: true, value: expected });
    });
  }
}

function refuses(parse: (value: unknown) => Parsed<unknown>, values: unknown[], expected: RegExp): void {
  for (const value of values) {
    it(`refuses ${typeof value} ${describeValue(value)}`, () => {
      const parsed = parse(value);
      assert.ok(!parsed.ok, `taken as ${JSON.stringify(parsed)}`);
      assert.match(parsed.expected, expected);
      assert.notEqual(parsed.found, '');
    });
  }
}

describe('durations', () => {
  describe('with a unit', () => {
    accepts(parseDuration, [
      ['500ms', 500],
      ['30s', 30_000],
      ['1.5s', 1500],
      ['4.35s', 4350],
      ['2m', 120_000],
      ['1m30s', 90_000],
      ['1h', 3_600_000],
      ['1d', 86_400_000],
      ['0s', 0],
    ]);
    refuses(
      parseDuration,
      [
        '',
        ' ',
        '5 minutes please',
        '-1',
        '-1s',
        '1e9s',
        'NaN',
        Number.NaN,
        30,
        '30',
        's',
        '1s30m',
        '1 s',
        '30S',
        null,
        undefined,
        true,
        [],
        {},
      ],
      /^a duration with its unit .* for example 30s$/,
    );
    refuses(parseDuration, ['0.0001s'], /whole milliseconds/);
  });

  describe('where a bare number is seconds', () => {
    const parse = (value: unknown) => parseDuration(value, { bareUnit: 's' });
    accepts(parse, [
      ['60s', 60_000],
      ['60', 60_000],
      [60, 60_000],
      ['500ms', 500],
    ]);
    refuses(parse, ['', '-1', -1, '1e9', Number.NaN, Number.POSITIVE_INFINITY, '60 seconds'], /bare number is seconds/);
  });

  describe('where a bare number is milliseconds', () => {
    const parse = (value: unknown) => parseDuration(value, { bareUnit: 'ms' });
    accepts(parse, [
      ['500', 500],
      [500, 500],
      ['500ms', 500],
      ['2s', 2000],
    ]);
    refuses(parse, ['', '500 ms', '0x1F4'], /bare number is milliseconds/);
  });

  it('keeps within limits, and says which', () => {
    const limits = { minMs: 1000, maxMs: 90_000 };
    assert.deepEqual(parseDuration('90s', limits), { ok: true, value: 90_000 });
    assert.deepEqual(parseDuration('91s', limits), { ok: false, found: '"91s"', expected: 'a duration of at most 1m30s' });
    assert.deepEqual(parseDuration('999ms', limits), { ok: false, found: '"999ms"', expected: 'a duration of at least 1s' });
  });

  it('writes what it reads', () => {
    for (const milliseconds of [0, 1, 999, 1000, 61_001, 3_600_000, 90_061_007]) {
      assert.deepEqual(parseDuration(formatDuration(milliseconds)), { ok: true, value: milliseconds });
    }
  });
});

describe('percentages', () => {
  accepts(parsePercent, [
    ['50%', 50],
    [50, 50],
    ['50', 50],
    ['99.9%', 99.9],
    [0, 0],
    [100, 100],
  ]);
  refuses(parsePercent, ['', '%', '101%', 101, -1, '50 %', 'half', null, Number.NaN], /a percentage from 0 to 100, for example 50%/);
});

describe('bytes', () => {
  accepts(parseBytes, [
    ['512Mi', 536_870_912],
    ['1G', 1_000_000_000],
    ['1.5Gi', 1_610_612_736],
    [1024, 1024],
    ['100k', 100_000],
  ]);
  refuses(parseBytes, ['', '512MB', '512mi', '-1', -1, '1m', '0.0001', null], /for example 512Mi/);
});

describe('whole numbers', () => {
  accepts(parseInteger, [
    [2, 2],
    ['2', 2],
    [0, 0],
  ]);
  refuses(parseInteger, ['', '2.5', 2.5, -1, '-1', '1e3', '0x10', ' 2', 2 ** 53, null, true], /a whole number of at least 0/);
  it('says its range', () => {
    const parsed = parseInteger(70_000, { min: 1, max: 65_535, example: 6379 });
    assert.deepEqual(parsed, { ok: false, found: '70000', expected: 'a whole number from 1 to 65535, for example 6379' });
  });
});

describe('booleans', () => {
  accepts(parseBoolean, [
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
  ]);
  refuses(parseBoolean, ['yes', 'True', 1, 0, '', null], /^true or false$/);
});

describe('lists', () => {
  accepts(parseList, [
    ['a,b', ['a', 'b']],
    ['a, b', ['a', 'b']],
    ['a', ['a']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
  ]);
  refuses(parseList, ['', 'a,', 'a,,b', [], [''], [1], null, 5], /names, as a list or separated by commas/);
  it('refuses a name twice', () => {
    assert.deepEqual(parseList('a,b,a'), { ok: false, found: '"a" twice', expected: 'each name once' });
  });
});
