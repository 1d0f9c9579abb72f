import assert from 'node:assert/strict';
import { parse as parseYaml } from 'yaml';
import { isRecord } from '../../src/campaign/document.ts';
import type { Parameters } from '../../src/contracts/campaign.ts';
import type { FaultDeclaration } from '../../src/faults/definition.ts';

/** The effective parameters of the experiment on the fault's page. */
export function exampleParameters({ name, example, parameters }: FaultDeclaration): Parameters {
  const experiment: unknown = parseYaml(example);
  assert.ok(isRecord(experiment) && experiment.fault === name, `the example of ${name} is of another fault`);
  return parameters.schema.parse(experiment.parameters ?? {});
}
