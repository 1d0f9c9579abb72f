import { mergePermissions } from '../campaign/permissions.ts';
import { formatDuration } from '../campaign/units.ts';
import type { Permission } from '../contracts/plan.ts';
import type { FaultDeclaration, FaultFamily } from './definition.ts';
import type { Written } from './parameters/parameter.ts';

/** A fault of the catalogue as plain data: what `GET /v1/faults`, `squall faults` and docs/faults/ tell of it. */
export interface FaultDescription {
  name: string;
  family: FaultFamily;
  summary: string;
  /** Markdown */
  notes: string;
  aliases: { name: string; note: string }[];
  targets: FaultDeclaration['targets'];
  /** the roles a target may be chosen by */
  roles: string[];
  /** false: it is done in an instant, and its duration is how long its consequences are observed */
  holds: boolean;
  defaultDuration: string;
  parameters: ParameterDescription[];
  needs: string;
  /** why it is not measured on the lab; null: it is */
  notOnTheLab: string | null;
  permissions: Permission[];
  /** how a Litmus document spells it; null: Litmus has no such experiment */
  litmus: { experiment: string; defaultDuration: string; variables: { name: string; aliasOf: string | null }[] } | null;
  /** an experiment of the language, in YAML */
  example: string;
}

export interface ParameterDescription {
  name: string;
  /** its name among the effective parameters of a plan or a report */
  effective: string;
  form: string;
  description: string;
  required: boolean;
  /** as its author would write it; null: none */
  default: Written | null;
  /** JSON Schema of what is written */
  schema: object;
}

/** Tells of a fault. */
export function describeFault(fault: FaultDeclaration): FaultDescription {
  const { name, family, summary, notes, targets, holds, needs, permissions, example, litmus } = fault;
  return {
    name,
    family,
    summary,
    notes,
    aliases: fault.aliases.map((alias) => ({ name: alias.name, note: alias.note })),
    targets,
    roles: [...fault.roles],
    holds,
    defaultDuration: formatDuration(fault.defaultDurationMs),
    parameters: Object.entries(fault.parameters.byName).map(([written, parameter]) => ({
      name: written,
      effective: parameter.sets,
      form: parameter.form,
      description: parameter.description,
      required: parameter.required,
      default: parameter.default ?? null,
      schema: parameter.jsonSchema,
    })),
    needs,
    notOnTheLab: fault.notOnTheLab ?? null,
    permissions: mergePermissions(permissions),
    litmus: litmus && {
      experiment: litmus.experiment,
      defaultDuration: formatDuration(litmus.defaultDurationMs),
      variables: Object.entries(litmus.env).map(([variable, { aliasOf = null }]) => ({ name: variable, aliasOf })),
    },
    example,
  };
}
