import type { Campaign } from '../contracts/campaign.ts';
import { interpretChaosMesh, isChaosMesh } from './chaos-mesh/chaos-mesh.ts';
import { interpretChaosToolkit, isChaosToolkit } from './chaos-toolkit/chaos-toolkit.ts';
import { isRecord, readDocument, type SourceDocument } from './document.ts';
import { interpretLitmus, litmusApiVersion, litmusKind } from './litmus.ts';
import { type Interpreted, interpretNative } from './native.ts';
import type { Problem } from './problem.ts';
import * as native from './schema.ts';
import { oneOf } from './suggest.ts';
import { clusterMentions } from './targets.ts';
import { describe } from './units.ts';

export type ParsedCampaign = { ok: true; campaign: Campaign } | { ok: false; problems: Problem[] };

export interface ParseOptions {
  fileName?: string | undefined;
  /** the names of the clusters there are; absent: they are not known here, and any name is taken */
  clusters?: readonly string[] | undefined;
}

/** Reads a campaign in YAML or JSON, in squall's dialect or in another's (Litmus, Chaos Mesh, Chaos Toolkit). All mistakes of the document are reported, in the order of the text. */
export function parseCampaign(text: string, { fileName, clusters }: ParseOptions = {}): ParsedCampaign {
  const read = readDocument(text, fileName);
  if (!read.ok) return read;
  const interpreted = interpret(read.document);
  const unknown = interpreted.ok && clusters !== undefined ? unknownClusters(interpreted.campaign, clusters, read.document) : [];
  const result: Interpreted = unknown.length > 0 ? { ok: false, problems: unknown } : interpreted;
  if (result.ok) return result;
  return { ok: false, problems: result.problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

function unknownClusters(campaign: Campaign, clusters: readonly string[], document: SourceDocument): Problem[] {
  return clusterMentions(campaign).flatMap(({ cluster, path }) =>
    clusters.includes(cluster)
      ? []
      : [document.problem({ path, found: `the cluster ${describe(cluster)}`, expected: `a configured one: ${oneOf(clusters, cluster)}` })],
  );
}

function interpret(document: SourceDocument): Interpreted {
  const { value } = document;
  if (!isRecord(value)) return fail(document, [], describe(value), 'a mapping with apiVersion and kind');
  if (isChaosMesh(value)) return interpretChaosMesh(document);
  if (isChaosToolkit(value)) return interpretChaosToolkit(document);
  const { kind } = value;
  if (kind === 'Workflow' || kind === 'CronWorkflow' || kind === 'WorkflowTemplate') {
    return fail(
      document,
      ['kind'],
      `${kind}, an Argo workflow`,
      `the ${litmusKind} inside it: pass that document; workflows around it are not supported yet`,
    );
  }
  if (kind !== native.kind && kind !== litmusKind) return fail(document, ['kind'], describe(kind), oneOf([native.kind, litmusKind], kind));
  const apiVersion = kind === native.kind ? native.apiVersion : litmusApiVersion;
  const result = kind === native.kind ? interpretNative(document) : interpretLitmus(document);
  if (value.apiVersion === apiVersion) return result;
  const problem = document.problem({ path: ['apiVersion'], found: describe(value.apiVersion), expected: apiVersion });
  return { ok: false, problems: result.ok ? [problem] : [...result.problems, problem] };
}

function fail(document: SourceDocument, path: string[], found: string, expected: string): Interpreted {
  return { ok: false, problems: [document.problem({ path, found, expected })] };
}
