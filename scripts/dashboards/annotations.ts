import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { datasource } from './variables.ts';

/** Faults that hold, as regions; by squall's own metrics, so that they are there without any receiver of notifications. */
export function activeFaults(matchers: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Faults that hold')
    .datasource(datasource)
    .enable(true)
    .iconColor('red')
    .expr(`sum by (fault, campaign) (squall_faults_active{${matchers}}) > 0`)
    .titleFormat('{{fault}}')
    .textFormat('campaign {{campaign}}')
    .tagKeys('fault,campaign')
    .step('5s');
}

/** Faults of an instant, such as a deletion, do not hold: they are seen as they are done. */
export function injectedFaults(matchers: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Faults that were injected')
    .datasource(datasource)
    .enable(true)
    .iconColor('orange')
    .expr(`sum by (fault) (increase(squall_faults_injected_total{${matchers}}[$__rate_interval])) > 0`)
    .titleFormat('{{fault}}')
    .tagKeys('fault')
    .step('15s');
}

/** What a receiver of kind `grafana` (docs/triggers.md) has written into Grafana itself. */
export function writtenAnnotations(): AnnotationQueryBuilder {
  const target = { limit: 100, matchAny: false, tags: ['squall'], type: 'tags' };
  return new AnnotationQueryBuilder()
    .name('Told by squall')
    .datasource({ type: 'grafana', uid: '-- Grafana --' })
    .enable(true)
    .iconColor('purple')
    .target({ build: () => ({ ...target, _implementsDataqueryVariant: () => {} }) });
}
