import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parseAuthFile } from '../../../src/api/auth/auth-file.ts';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { checkDocument, isOther } from '../../../src/cli/lint/check-file.ts';
import { parseClusters } from '../../../src/kubernetes/clusters-file.ts';
import { parseReceivers } from '../../../src/notifications/file.ts';
import { parsePolicy } from '../../../src/policy/policy-file.ts';
import { parseCodecKeys } from '../../../src/security/codec-keys.ts';
import { completeCampaign } from './campaign-part.ts';
import { root, type Sample } from './pages.ts';

/** Files of the configuration, by the info string of their samples: ```` ```yaml policy ````. */
const files: Record<string, (text: string, fileName: string) => unknown> = {
  policy: (text, fileName) => parsePolicy(text, fileName, { clusters: ['default', 'east', 'west', 'staging', 'production'] }),
  clusters: parseClusters,
  auth: parseAuthFile,
  // Secrets are files that have to be there.
  notifications: (text, fileName) => parseReceivers(text.replaceAll(/\/run\/secrets\/\w+/g, join(root, 'package.json')), fileName),
  'codec-keys': parseCodecKeys,
};

/** What is wrong with a sample in YAML (or JSON) of a campaign, a file of the configuration, or objects of Kubernetes. */
export function mistakesInYaml({ of, text, place }: Sample): string[] {
  if (of === 'fragment') return syntaxOf(text);
  if (of === 'refused') return parseCampaign(text).ok ? ['it is taken, and not refused'] : [];
  const file = files[of];
  if (file !== undefined) return mistakesOf(() => file(text, place));
  if (of !== '') return mistakesOf(() => parseCampaign(completeCampaign(of, text)));
  // A campaign is one document.
  if (parseAllDocuments(text).length === 1 && !isOther(text))
    return checkDocument(place, text).findings.flatMap(({ level, message }) => (level === 'error' ? [message] : []));
  return [...syntaxOf(text), ...parseAllDocuments(text).flatMap((document) => mistakesInObject(document.toJS()))];
}

function syntaxOf(text: string): string[] {
  return parseAllDocuments(text).flatMap(({ errors }) => errors.map(({ message }) => message));
}

/** Readers tell mistakes, or throw them. */
function mistakesOf(read: () => unknown): string[] {
  try {
    const result = read() as { ok?: boolean; problems?: readonly unknown[] };
    return result.ok === false ? (result.problems ?? ['refused']).map((problem) => JSON.stringify(problem)) : [];
  } catch (error) {
    return [String(error)];
  }
}

function mistakesInObject(object: unknown): string[] {
  const { apiVersion, kind, metadata } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown; metadata?: { name?: unknown } };
  if (typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata?.name === 'string') return [];
  return [
    `found neither a campaign nor an object of Kubernetes (apiVersion, kind, metadata.name); say what it is after \`\`\`yaml: ${Object.keys(files).join(', ')}, a part of a campaign such as spec.steps, or fragment`,
  ];
}
