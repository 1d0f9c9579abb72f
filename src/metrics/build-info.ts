import { Gauge, type Registry } from 'prom-client';
import packageJson from '../../package.json' with { type: 'json' };

/** Which squall a process is: joined to other metrics by its instance. */
export function registerBuildInfo(registry: Registry): void {
  new Gauge({ name: 'squall_build_info', help: '1; its labels say which version runs', labelNames: ['version'], registers: [registry] })
    .labels(packageJson.version)
    .set(1);
}
