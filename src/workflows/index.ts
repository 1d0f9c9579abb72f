// The worker registers every export of this file as a workflow.
export { campaign } from './campaign.ts';
export { experiment } from './experiment.ts';
export { janitor } from './janitor.ts';
export { plan } from './plan.ts';
