// Ends with 0 when the process in this container lives: the API answers at its port, or the worker at that of its metrics.
// usage: node healthcheck.mjs [PATH]      /livez, or /readyz for whether it can work, too
const [path = '/livez'] = process.argv.slice(2);
const { SQUALL_API_PORT = '7400', SQUALL_WORKER_METRICS_PORT = '7401' } = process.env;

async function answers(port) {
  return (await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4000) })).ok;
}

const answered = await Promise.allSettled([SQUALL_API_PORT, SQUALL_WORKER_METRICS_PORT].map(answers));
process.exitCode = answered.some(({ value }) => value === true) ? 0 : 1;
