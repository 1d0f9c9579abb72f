// The worker registers every export of this file as a workflow.
export { arbiter } from './arbiter.ts';
export { campaign } from './campaign.ts';
export { experiment } from './experiment.ts';
export { janitor } from './janitor.ts';
export { notify } from './notify.ts';
export { plan } from './plan.ts';
export { receipt } from './receipt.ts';
export { rollout, rollouts } from './rollouts.ts';
