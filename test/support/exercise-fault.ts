import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultInstance, Permission, Target } from '../../src/contracts/plan.ts';
import { verbsOf } from '../../src/faults/all-verbs.ts';
import { findFault } from '../../src/faults/declarations.ts';
import type { FaultContext, Mechanism } from '../../src/faults/verbs.ts';
import { exampleParameters } from './fault-example.ts';
import { LeastRights } from './least-rights.ts';

/** What a test does with a fault. `M` is what is measured, from outside the faulted target. */
export interface Exercise<M> {
  /** canonical name */
  fault: string;
  /** as an author writes them; absent: those of the example on the fault's page */
  parameters?: Record<string, unknown>;
  targets: Target[];
  namespace: string;
  /** finds the workload's pods; absent: none are known */
  selector?: string;
  /** for how long the fault would hold if nobody undid it */
  durationMs?: number;
  /** from another pod, from the node, from the API: never by the fault's own read-back */
  measure(phase: 'before' | 'during' | 'after'): Promise<M>;
  /** whether the effect shows; awaited for some seconds, then failed with what was measured */
  inEffect(during: M, before: M): boolean;
  /** whether it is as it was; awaited likewise */
  gone(after: M, before: M): boolean;
  /** one line for the table of measured effects: what changed, in numbers; absent: no row is written */
  tell?(before: M, during: M, after: M): string;
  /** asserted while the fault holds, beyond its effect */
  whileItHolds?(fault: FaultInstance): Promise<void>;
  /** rights that the fault can do without, and makes use of where it has them */
  beyond?: Permission[];
  /** how long an effect or its end may take to show */
  timeoutMs?: number;
}

/** What is written of an exercise, for docs/faults/. Durations in ms. */
export interface MeasuredFault {
  fault: string;
  mechanism: string;
  reason: string;
  effect: string;
  /** from the call of inject until the fault was read back as in effect */
  toEffectMs: number;
  /** from the call of revert until the fault was read back as gone */
  toUndoneMs: number;
}

export interface Exercised<M> {
  fault: FaultInstance;
  mechanism: Mechanism;
  before: M;
  during: M;
  after: M;
  measured: MeasuredFault;
}

const folder = join(import.meta.dirname, '../../.squall/measured');

/**
 * Takes a fault through its five verbs on the lab: prepared, injected, read back, measured from outside, undone, read
 * back as gone, measured again. Whatever fails, the fault is reverted. Each verb that must be idempotent is called twice. The
 * verbs have the rights that the fault's declaration lists, by the Role that squall prints for it, and no others.
 */
export async function exerciseFault<M>(given: FaultContext, exercise: Exercise<M>): Promise<Exercised<M>> {
  const { verbs, draft } = drafted(given, exercise);
  await using least = await LeastRights.grant(given.cluster.name, exercise.namespace, [
    ...permissionsOf(draft),
    ...(exercise.beyond ?? []),
  ]);
  const context: FaultContext = { ...given, cluster: least.cluster };
  const before = await exercise.measure('before');
  const mechanism = await verbs.prepare(context, draft);
  const endsAt = Date.now() + (exercise.durationMs ?? 60_000);
  const fault: FaultInstance = {
    ...draft,
    targets: mechanism.targets ?? draft.targets,
    mechanism: mechanism.mechanism,
    endsAt,
    deadline: endsAt + 5_000,
  };
  let undone = false;
  try {
    const injecting = performance.now();
    await verbs.inject(context, fault);
    const verified = await verbs.verify(context, fault);
    const toEffectMs = performance.now() - injecting;
    assert.ok(verified.ok, `not in effect: ${JSON.stringify(verified.perTarget)}`);
    await verbs.inject(context, fault);
    const during = await awaited(exercise, 'during', (value) => exercise.inEffect(value, before));
    await exercise.whileItHolds?.(fault);

    const reverting = performance.now();
    await verbs.revert(context, fault);
    const confirmed = await confirmedOf(() => verbs.confirm(context, fault));
    const toUndoneMs = performance.now() - reverting;
    undone = true;
    assert.ok(confirmed.ok, `not gone: ${JSON.stringify(confirmed.perTarget)}`);
    await verbs.revert(context, fault);
    const after = await awaited(exercise, 'after', (value) => exercise.gone(value, before));
    const measured: MeasuredFault = {
      fault: exercise.fault,
      mechanism: mechanism.mechanism,
      reason: mechanism.reason,
      effect: exercise.tell?.(before, during, after) ?? '',
      toEffectMs: Math.round(toEffectMs),
      toUndoneMs: Math.round(toUndoneMs),
    };
    if (exercise.tell !== undefined) await writeMeasured(measured);
    return { fault, mechanism, before, during, after, measured };
  } finally {
    if (!undone) await verbs.revert(context, fault);
  }
}

/** What the fault's declaration says that its verbs need. */
export function permissionsOf({ fault, parameters }: Pick<FaultInstance, 'fault' | 'parameters'>): Permission[] {
  const declaration = findFault(fault)?.fault;
  assert.ok(declaration, `no fault ${fault}`);
  return declaration.permissionsFor?.(parameters) ?? declaration.permissions;
}

/** What a fault's verbs are readied from, by its name and the parameters an author would write. */
export function drafted(
  context: FaultContext,
  { fault: name, parameters, targets, namespace, selector = '' }: Omit<Exercise<never>, 'measure' | 'inEffect' | 'gone'>,
) {
  const declaration = findFault(name)?.fault;
  assert.ok(declaration, `no fault ${name}`);
  const draft = {
    id: `t${randomUUID().slice(0, 18)}`,
    runId: 'test',
    experiment: name,
    fault: declaration.name,
    cluster: context.cluster.name,
    namespace,
    selector,
    targets,
    parameters: parameters === undefined ? exampleParameters(declaration) : declaration.parameters.schema.parse(parameters),
    onRestart: 'reestablish' as const,
  };
  return { verbs: verbsOf(declaration.name), draft };
}

async function awaited<M>({ measure, timeoutMs = 45_000 }: Exercise<M>, phase: 'during' | 'after', ok: (value: M) => boolean): Promise<M> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await measure(phase);
    if (ok(value)) return value;
    assert.ok(Date.now() < end, `${phase} the fault, measured for ${timeoutMs} ms: ${JSON.stringify(value)}`);
    await delay(200);
  }
}

/** A deletion takes its time: until it is confirmed, or a minute has passed. */
async function confirmedOf<T extends { ok: boolean }>(confirm: () => Promise<T>): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const result = await confirm();
    if (result.ok || Date.now() > end) return result;
    await delay(200);
  }
}

async function writeMeasured(measured: MeasuredFault): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${measured.fault}.json`), `${JSON.stringify(measured, null, 2)}\n`);
}
