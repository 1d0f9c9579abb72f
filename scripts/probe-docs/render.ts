import { keysOfType } from '../../src/campaign/json-schema/probe-schema.ts';
import { type ProbeType, probeTypes } from '../../src/campaign/probe-types.ts';
import { formatDuration } from '../../src/campaign/units.ts';
import { keyTable, table } from '../language-docs/key-table.ts';

/** docs/probes.md: each probe type as its declaration has it. */
export function renderProbesPage(): string {
  return `${[
    '# Probes',
    '',
    '<!-- Made from src/campaign/probe-types.ts and scripts/probe-docs/render.ts: npm run docs -->',
    '',
    intro,
    '',
    table(
      ['probe', 'measures', 'unit', 'sampled (default first)', 'every', 'given up after'],
      probeTypes.map((type) => [
        `[${type.name}](#${type.name})`,
        type.summary,
        unitOf(type),
        type.when.join(', '),
        formatDuration(type.intervalMs),
        formatDuration(type.timeoutMs),
      ]),
    ),
    '',
    common,
    '',
    ...probeTypes.flatMap(renderProbe),
    adding,
  ].join('\n')}\n`;
}

const intro = `A probe measures what users would feel, or what must be so. Under \`hypothesis\` it judges experiments; under \`stopConditions\` it ends the run
at the first sample that misses. [concepts.md](concepts.md#probe) says what samples, success and percentiles are,
[language.md](language.md#say-what-must-stay-true) how a hypothesis is written, [language-reference.md](language-reference.md#a-probe) has every key.`;

const common = `## What all have in common

- A sample has a value in the probe's unit and satisfied or not, or an error that says why nothing could be measured. An error is never a
  pass.
- \`when\` says when it is sampled: \`during\` while the fault holds, \`after\` once steady state is back, \`continuous\` that
  and while recovery is awaited, \`recovery\` once, from the injection to an event.
- With a \`tolerance\` the probe is judged: it passes when at least one sample was taken and \`successPercent\` of them satisfied. Without one it
  is shown. What can only succeed or not is judged by that.
- A judged probe without any sample has failed.
- Time limits: \`interval\` and \`timeout\` may be set for each probe. A timeout that is not given is twice the tolerance, where that is longer
  than the one in the table.
- Addresses that a campaign gives (\`url\`, \`host\`) are connected to from the worker, and only where the service's policy lets them:
  [security.md](security.md#probes).`;

const adding = `## Another one

[extending.md](extending.md#a-new-probe) says how a probe type is added. There is none that runs a command; [security.md](security.md#probes) says why.`;

function renderProbe(type: ProbeType): string[] {
  const { name, summary, from, fails, example, application, permissions } = type;
  return [
    `## ${name}`,
    '',
    `${capital(summary)}.`,
    '',
    table(
      ['', ''],
      [
        ['measured from', from],
        ['of', `${placeOf(type)}${application === null ? '' : `, which has to be a ${application}`}`],
        ['a value', unitOf(type)],
        ['sampled', type.when.length === 1 ? type.when[0] : `${type.when.join(', ')}; the first is the default`],
        ['a sample fails when', fails],
        ['rights', permissions.length === 0 ? 'none in the cluster' : permissions.map(right).join('; ')],
      ],
    ),
    '',
    ...parametersOf(type),
    '```yaml spec.hypothesis',
    ...example.split('\n').map((line, index) => `${index === 0 ? '- ' : '  '}${line}`),
    '```',
    '',
  ];
}

function parametersOf(type: ProbeType): string[] {
  const { properties, required } = keysOfType(type);
  return Object.keys(properties).length === 0 ? [] : ['Its own keys:', '', keyTable('', properties, required), ''];
}

function placeOf({ looksAt, application }: ProbeType): string {
  if (looksAt === 'pods') return 'what it is written under, or what `cluster`, `namespace` and `selector` say';
  if (looksAt === 'cluster') return 'the cluster it is written under, or `cluster`';
  return application === null ? 'the address it is given' : 'the workload of its experiment';
}

function unitOf({ unit }: ProbeType): string {
  if (unit === null) return 'none: it succeeds or not';
  return unit === 'none' ? 'a number' : { ms: 'milliseconds', s: 'seconds' }[unit];
}

function right({ apiGroup, resource, subresource, verbs }: ProbeType['permissions'][number]): string {
  return `${verbs.join(', ')} ${resource}${subresource === undefined ? '' : `/${subresource}`}${apiGroup === '' ? '' : `.${apiGroup}`}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
