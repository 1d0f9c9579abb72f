import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCliPage } from '../../../scripts/cli-docs/render.ts';
import { commands } from '../../../src/cli/commands.ts';
import { helpOf, helpOfAll } from '../../../src/cli/help.ts';
import { readWords } from '../../../src/cli/read-words.ts';
import { hasColor, isLive } from '../../../src/cli/terminal.ts';
import { squall } from '../../support/squall-command.ts';

const root = join(import.meta.dirname, '../../..');

function commandOf(name: string) {
  const found = commands.find((command) => command.name === name);
  assert.ok(found, name);
  return found;
}

describe('the command line', function () {
  this.timeout(60_000);

  it('is told in docs/cli.md as it is (npm run docs writes it)', () => {
    assert.equal(readFileSync(join(root, 'docs/cli.md'), 'utf8'), renderCliPage());
  });

  it('helps with all commands and with each, examples included', async () => {
    const all = helpOfAll();
    for (const command of commands) {
      assert.match(all, new RegExp(`^ {2}${command.name} `, 'm'));
      const help = helpOf(command.name.split(' '));
      assert.match(help, new RegExp(`^usage: squall ${command.name}`));
      assert.ok(command.examples.length > 0, command.name);
      for (const { words } of command.examples) assert.ok(help.includes(`squall ${words}`), `${command.name}: ${words}`);
      for (const name of Object.keys(command.options)) assert.ok(help.includes(`--${name}`), `${command.name} --${name}`);
    }
    const { code, stdout } = await squall(['run', '--help']);
    assert.deepEqual([code, stdout], [0, helpOf(['run'])]);
    assert.equal((await squall(['help'])).stdout, all);
  });

  it('takes the words of every example', () => {
    for (const command of commands) {
      for (const { words } of command.examples) {
        const plain = words.replace(/ [<>|] .*$/, '');
        const argv = [...plain.matchAll(/'([^']*)'|(\S+)/g)]
          .map(([, quoted, bare]) => quoted ?? bare ?? '')
          .slice(command.name.split(' ').length);
        assert.doesNotThrow(() => readWords(command, argv), `${command.name}: ${words}`);
      }
    }
  });

  it('loads no client of Temporal or Kubernetes for help, which has to be quick', async () => {
    const { code, stdout } = await squall(['--help'], { env: { NODE_DEBUG: 'esm' } });
    const { stderr } = await squall(['--help'], { env: { NODE_DEBUG: 'esm' } });
    assert.equal(code, 0);
    assert.ok(stdout.startsWith('usage: squall COMMAND'));
    assert.doesNotMatch(stderr, /node_modules/);
  });

  for (const [argv, said] of [
    [['lnit'], /found lnit, expected one of .*; did you mean lint\?/],
    [['schedules', 'craete'], /found craete, expected one of list, .*; did you mean create\?/],
    [['schedules'], /schedules: found nothing, expected one of list, get, create/],
    [['run', 'a.yaml', '--gaet', '80'], /run: found --gaet, which it does not take, expected --gate/],
    [['run'], /run: found nothing, expected FILE/],
    [['run', 'a.yaml', 'b.yaml'], /run: found a.yaml b.yaml, expected FILE/],
    [['list', '--verdict', 'Pased'], /--verdict: found Pased, expected Passed, Failed, Aborted or Error; did you mean Passed\?/],
    [['abort', 'a', '--reason', '--direct'], /--reason: found nothing before --direct, expected TEXT/],
    [['completion', 'tcsh'], /SHELL: found tcsh, expected bash, zsh or fish/],
    [['list', '--api', 'ftp://a'], /--api: found ftp:\/\/a, expected a URL/],
  ] as const) {
    it(`says what is wrong with: ${argv.join(' ')}`, async () => {
      const { code, stderr } = await squall(argv);
      assert.equal(code, 64);
      assert.match(stderr, said);
      assert.match(stderr, /squall help.* tells more/);
    });
  }

  it('reads options before, between and after words, and a value behind =', () => {
    const { words, options } = readWords(commandOf('extend'), ['--by=30s', 'run', '--reason', 'a b', 'slow']);
    assert.deepEqual(words, ['run', 'slow']);
    assert.deepEqual([options.by, options.reason, options.output, options.direct], ['30s', 'a b', 'table', false]);
  });

  it('has colours for people, unless they want none', () => {
    assert.equal(hasColor({ isTTY: true }, { TERM: 'xterm' }), true);
    assert.equal(hasColor({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' }), false);
    assert.equal(hasColor({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '1' }), false);
    assert.equal(hasColor({ isTTY: false }, { FORCE_COLOR: '1' }), true);
    assert.equal(hasColor({ isTTY: true }, { TERM: 'dumb' }), false);
    assert.deepEqual(
      [isLive({ isTTY: true }, { TERM: 'xterm' }), isLive({ isTTY: true }, { TERM: 'xterm', CI: 'true' }), isLive({ isTTY: false }, {})],
      [true, false, false],
    );
  });
});
