import { commands, groupTitles } from '../../src/cli/commands.ts';
import type { Command, CommandGroup } from '../../src/cli/declare.ts';
import { commonExits } from '../../src/cli/exit-codes.ts';
import { optionUsage, optionWhat, usageOf } from '../../src/cli/help.ts';

/** docs/cli.md: how the command line is used by task, then every command as `squall help` tells it. */
export function renderCliPage(): string {
  const groups = (Object.keys(groupTitles) as CommandGroup[]).map((group) => ({
    title: groupTitles[group],
    members: commands.filter((command) => command.group === group),
  }));
  return `${[
    '# The command line',
    '',
    '<!-- Made from src/cli/commands/ and scripts/cli-docs/render.ts: npm run docs -->',
    '',
    intro,
    '',
    '## Commands',
    '',
    ...groups.flatMap(({ title, members }) => [`${capital(title)}:`, '', ...table(['command', ''], members.map(indexRow)), '']),
    ...commands.flatMap(renderCommand),
  ].join('\n')}`;
}

const intro = `\`squall\` starts, follows and steers runs, checks campaigns, and looks after clusters. From a checkout it is \`npm run squall -- COMMAND\`;
as a package, \`npx squall COMMAND\` (\`npm pack\` makes one, see [below](#as-a-package)).

## Where it goes

| what | goes to | configured by |
| --- | --- | --- |
| run, plan, list, get, watch, cancel, retry, report, schedules | the REST API | \`--api\`, \`SQUALL_API_URL\` (\`http://127.0.0.1:7400\`) |
| status, pause, resume, abort, approve, extend, skip, …, halt, lift, holds | the API when \`--api\` or \`SQUALL_API_URL\` is given, else Temporal; with \`--direct\`, Temporal | the same, or \`TEMPORAL_ADDRESS\` and what [configuration.md](configuration.md) lists |
| sweep, doctor | the clusters | \`KUBECONFIG\`, \`SQUALL_CLUSTERS\` |
| lint, schema, faults | nowhere | |

The API's key or token is \`SQUALL_API_TOKEN\`, or what the file \`SQUALL_API_TOKEN_FILE\` holds. It is never an option: other users of a machine see those.

## What it prints

\`--output table\` (the default) is for people; \`json\` and \`yaml\` are the API's own answers. With \`run --wait\` and \`watch\`, \`json\` is the
run's [events](api.md#events), a line each. On a terminal a run is a tree with timers, and what people and mishaps did stays above it; where
output is no terminal, and where \`CI\` is set, it is plain lines. \`NO_COLOR\` takes colours away, \`FORCE_COLOR\` brings them to logs.

Errors go to standard error, as \`squall: what is wrong\`. The exit code says what became of it:

| code | meaning |
| --- | --- |
${commonExits.map(([code, meaning]) => `| ${code} | ${meaning} |`).join('\n')}

With \`--wait\`, and of \`watch\`, it is the run's: 0 passed, 2 failed or below the gate, 3 aborted, 4 error; 130 when you left it by Ctrl-C.

## Gate a deploy

\`\`\`sh
squall run campaign.yaml --wait --gate 80 --cancel-on-interrupt --report junit=squall.xml
\`\`\`

A run passes when its verdict is Passed, its score reaches \`--gate\`, and the gate of the document, if it has one, is passed. A run without a
score passes no gate. The first Ctrl-C (or SIGTERM, when the CI server ends the job) leaves the run to itself, and says how to cancel it; with
\`--cancel-on-interrupt\` it cancels the run and stays until its faults are undone; a second one leaves then, too.

When the API goes away, or is replaced, the run goes on: it is workers that do it. \`watch\` and \`--wait\` come back to the API, and go on after the
last event they saw. After \`--give-up-after\` (10m) they give up, with 69.

## Check campaigns before they are committed

\`\`\`sh
# .git/hooks/pre-commit
git diff --cached --name-only --diff-filter=d -z -- 'chaos/*.yaml' | xargs -0 -r squall lint
\`\`\`

\`squall lint\` tells every mistake as \`file:line:column: error: …\`, which editors and CI servers find their way by; \`--output sarif\` is for code
scanning:

\`\`\`sh
squall lint --output sarif chaos/*.yaml > squall.sarif   # GitHub: github/codeql-action/upload-sarif
\`\`\`

[language.md](language.md#in-your-editor) tells how an editor completes and checks campaigns while they are written.

## Complete in your shell

\`\`\`sh
source <(squall completion bash)                                     # bash, in ~/.bashrc
squall completion zsh > ~/.zfunc/_squall                             # zsh, with fpath+=~/.zfunc before compinit
squall completion fish > ~/.config/fish/completions/squall.fish      # fish
\`\`\`

It completes commands, options and their values, files, faults, and the ids of runs, which it asks the API for.

## As a package

\`npm ci && npm pack\` in a checkout makes \`squall-VERSION.tgz\`: the service, the command line, the workflows ready for a worker, the agent's sources, the
Kubernetes manifests and the JSON Schema, compiled, since Node runs no TypeScript from \`node_modules\`. \`npx --package=./squall-VERSION.tgz squall run campaign.yaml\` runs
it from anywhere; \`squall worker\` and \`squall api\` start the service. It needs Node 22.19 or newer. The agent's image is built from
\`node_modules/squall/agent\`.`;

function indexRow({ name, summary }: Command): string[] {
  return [`[${name}](#squall-${name.replaceAll(' ', '-')})`, summary];
}

function renderCommand(command: Command): string[] {
  const { name, summary, details, arguments: words, options, exits = [], examples } = command;
  return [
    `## squall ${name}`,
    '',
    `\`squall ${usageOf(command)}\``,
    '',
    `${capital(summary)}.`,
    '',
    ...(details === undefined ? [] : [details, '']),
    ...(words.length === 0
      ? []
      : [
          ...table(
            ['argument', ''],
            words.map((word) => [`\`${word.name}\``, word.what]),
          ),
          '',
        ]),
    ...(Object.keys(options).length === 0
      ? []
      : [
          ...table(
            ['option', ''],
            Object.entries(options).map(([option, declared]) => [`\`${optionUsage(option, declared)}\``, optionWhat(declared)]),
          ),
          '',
        ]),
    '```sh',
    ...examples.flatMap(({ words: example, what }) => [`# ${what}`, `squall ${example}`]),
    '```',
    '',
    ...(exits.length === 0 ? [] : [`Exits ${exits.map(([code, meaning]) => `${code}: ${meaning}`).join('; ')}.`, '']),
  ];
}

function table(heads: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
