import { parseArgs } from 'node:util';

export const usage = `usage: npm run demo -- [--file F] [--namespace N] [--port N] [--keep]
  --file F        the document to run (examples/redis/brief/chaos-engine.yaml)
  --namespace N   where the redis example is deployed (the namespace the document targets)
  --port N        the API's port (one that is free)
  --keep          leave the lab, redis, the worker and the API running
exit code: 0 Passed, 2 Failed, 3 Aborted, 4 Error; 64 a wrong argument or document, 69 a part can't be had, 130 interrupted before the run
`;

export interface DemoArguments {
  /** undefined: the redis example's */
  file: string | undefined;
  namespace: string | undefined;
  port: number | undefined;
  keep: boolean;
}

/** @throws Error that says what was found and expected */
export function parseDemoArguments(argv: string[]): DemoArguments {
  const { values } = parseArgs({
    args: argv,
    options: {
      file: { type: 'string' },
      namespace: { type: 'string' },
      port: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const { file, namespace, port, keep } = values;
  if (namespace !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
    throw new Error(`--namespace: found ${JSON.stringify(namespace)}, expected a namespace's name`);
  }
  if (port !== undefined && !(/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    throw new Error(`--port: found ${JSON.stringify(port)}, expected a port number, 1 to 65535`);
  }
  return { file, namespace, port: port === undefined ? undefined : Number(port), keep };
}
