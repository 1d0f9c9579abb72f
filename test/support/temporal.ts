import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { temporalBinary } from '../../lab/artifacts/binaries.ts';
import { Progress } from '../../lab/progress.ts';
import { settingArguments, temporalSettings } from '../../lab/temporal.ts';

// Once per process; what goes well is not worth a line among the tests'.
Runtime.install({ logger: new DefaultLogger('WARN') });

/**
 * A real Temporal dev server of this test's own, from SQUALL_TEST_TEMPORAL or the lab's binary (built if it is not there yet).
 * `uiPort`: where it serves its Web UI; absent: it serves none. `codecEndpoint`: by which that decodes payloads. `settings`: of its dynamic configuration, by name.
 */
export async function createTemporal({
  uiPort,
  codecEndpoint,
  settings = {},
}: {
  uiPort?: number;
  codecEndpoint?: string;
  settings?: Record<string, number>;
} = {}): Promise<TestWorkflowEnvironment> {
  const path = process.env.SQUALL_TEST_TEMPORAL ?? (await temporalBinary(new Progress()));
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      log: { format: 'pretty', level: 'error' },
      extraArgs: [
        ...settingArguments({ ...temporalSettings, ...settings }),
        ...(codecEndpoint === undefined ? [] : ['--ui-codec-endpoint', codecEndpoint]),
      ],
      ...(uiPort !== undefined && { uiPort }),
    },
  });
}
