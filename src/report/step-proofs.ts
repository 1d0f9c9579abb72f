import type { ExperimentEvidence } from '../contracts/evidence.ts';
import type { ExperimentReport, StepProof } from '../contracts/report.ts';

const mostTargets = 4;
const longestDetail = 300;

/** How each step of an experiment was seen on its targets. */
export function makeProofs({ injected, verified, reverted, confirmed }: ExperimentEvidence): NonNullable<ExperimentReport['proofs']> {
  return {
    ...(injected && { injected: proofOf(injected) }),
    ...(verified && { verified: proofOf(verified) }),
    ...(reverted && { undone: proofOf(reverted) }),
    ...(confirmed && { confirmed: proofOf(confirmed) }),
  };
}

function proofOf({ perTarget }: { perTarget: readonly { target: string; detail: string }[] }): StepProof {
  const targets = perTarget.slice(0, mostTargets).map(({ target, detail }) => ({
    target,
    detail: detail.length > longestDetail ? `${detail.slice(0, longestDetail)}…` : detail,
  }));
  return { targets, leftOut: perTarget.length - targets.length };
}
