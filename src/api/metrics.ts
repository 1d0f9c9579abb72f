import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { registerBuildInfo } from '../metrics/build-info.ts';

/** What the API tells Prometheus of itself. */
export class ApiMetrics {
  readonly registry = new Registry();
  readonly runsStarted: Counter<'operation'>;
  readonly eventStreams: Gauge;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    registerBuildInfo(this.registry);
    this.runsStarted = new Counter({
      name: 'squall_runs_started_total',
      help: 'Runs started by this process',
      labelNames: ['operation'],
      registers,
    });
    this.eventStreams = new Gauge({ name: 'squall_event_streams', help: 'Streams of events that are open', registers });
    this.#requests = new Histogram({
      name: 'squall_http_request_duration_seconds',
      help: 'From a request to the end of its response; streams of events are not in it',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
  }

  observe(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }
}
