// What in k8s/ is made from the project itself: the rights of all faults, from the catalogue, and the alerting rules as a PrometheusRule.
//
// usage: npm run docs [-- --check]
//   --check   write nothing; exit 1 when a file is not as it would be written
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderFaultRights } from './manifests/fault-rights.ts';
import { renderPrometheusRules } from './manifests/prometheus-rules.ts';

const folder = join(import.meta.dirname, '../k8s');

function main(argv: string[]): number {
  const { values } = parseArgs({ args: argv, options: { check: { type: 'boolean' } } });
  const rules = ['squall-rules.yaml', 'redis-rules.yaml'].map((name) => readFileSync(join(folder, 'monitoring', name), 'utf8'));
  const files = new Map([
    ['base/fault-rights.yaml', renderFaultRights()],
    ['prometheus-operator/rules.yaml', renderPrometheusRules(rules)],
  ]);
  const changed = [...files].filter(([name, text]) => !existsSync(join(folder, name)) || readFileSync(join(folder, name), 'utf8') !== text);
  if (values.check) {
    for (const [name] of changed) process.stdout.write(`k8s/${name} is not as it would be written\n`);
    return changed.length === 0 ? 0 : 1;
  }
  for (const [name, text] of changed) writeFileSync(join(folder, name), text);
  process.stdout.write(`k8s: ${files.size} files, ${changed.length} written\n`);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
