// The dashboards of k8s/monitoring/dashboards/, from the code in scripts/dashboards/.
//
// usage: node scripts/dashboards.ts [--check]
//   --check   write nothing; exit 1 when one is not as it would be written
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardFiles } from './dashboards/files.ts';

const folder = join(import.meta.dirname, '..', 'k8s/monitoring/dashboards');
mkdirSync(folder, { recursive: true });
for (const [name, text] of dashboardFiles()) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    process.stdout.write(`k8s/monitoring/dashboards/${name} is not as the code has it: npm run docs\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    process.stdout.write(`k8s/monitoring/dashboards/${name} written\n`);
  }
}
