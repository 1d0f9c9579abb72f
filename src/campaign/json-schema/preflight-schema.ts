import { type JsonSchema, mappingForm, nameForm, textForm, told, urlForm } from './forms.ts';

const value: JsonSchema = { type: ['string', 'number', 'boolean'] };

const dashboard = mappingForm(
  {
    name: told(nameForm, 'what it is called here; absent: by its title', { examples: ['redis'] }),
    file: told(textForm, 'its JSON in a file beside the campaign, which squall reads before it sends the campaign', {
      examples: ['dashboards/redis.json'],
    }),
    url: told(
      { ...urlForm, pattern: '^\\s*[hH][tT][tT][pP][sS]?:.*/(d|api/dashboards/uid)/' },
      'its address in Grafana, as a browser shows it',
      {
        examples: ['http://grafana.monitoring.svc:3000/d/redis'],
      },
    ),
    json: told({ type: ['object', 'string'] }, 'its JSON, as Grafana exports it', {}),
    prometheus: told(urlForm, "the Prometheus to ask; absent: the one that is configured for the campaign's cluster", {
      examples: ['http://prometheus.monitoring.svc:9090'],
    }),
    variables: told(
      { type: 'object', additionalProperties: { anyOf: [value, { type: 'array', items: value, minItems: 1 }] } },
      'values for its variables, in place of those it opens with',
      { examples: [{ namespace: 'shop' }] },
    ),
    mayBeEmpty: told({ type: 'array', items: textForm }, 'titles of panels that may have no data; absent: those with a text for no value', {
      examples: [['Last election']],
    }),
  },
  { oneOf: [{ required: ['file'] }, { required: ['url'] }, { required: ['json'] }] },
);

/** What must be so before anything is touched. */
export function preflightSchema(): JsonSchema {
  const dashboards = told({ type: 'array', maxItems: 10, items: dashboard }, 'dashboards, each of whose panels must have data');
  return told(mappingForm({ dashboards }, { required: ['dashboards'] }), 'what must be so before anything is touched');
}
