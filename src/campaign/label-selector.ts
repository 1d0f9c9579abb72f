import { bad, good, type Parsed } from './units.ts';

interface Requirement {
  key: string;
  operator: 'in' | 'notin' | 'exists' | 'absent';
  values: string[];
}

const key = `(?:[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?/)?[a-zA-Z0-9](?:[-a-zA-Z0-9_.]*[a-zA-Z0-9])?`;
const value = `(?:[a-zA-Z0-9](?:[-a-zA-Z0-9_.]*[a-zA-Z0-9])?)?`;
const equality = new RegExp(`^(?<key>${key})\\s*(?<operator>==|=|!=)\\s*(?<value>${value})$`);
const membership = new RegExp(`^(?<key>${key})\\s+(?<operator>in|notin)\\s*\\((?<values>[^()]*)\\)$`);
const existence = new RegExp(`^(?<not>!\\s*)?(?<key>${key})$`);
const wholeValue = new RegExp(`^${value}$`);

/** Checks a label selector as kubectl writes it: `app=redis,tier!=cache,zone in (a,b),!legacy`. */
export function parseLabelSelector(text: unknown): Parsed<string> {
  const expected = 'a label selector, for example app=redis,tier in (cache,db)';
  if (typeof text !== 'string' || text.trim() === '') return bad(text, expected);
  return requirements(text) === undefined ? bad(text, expected) : good(text);
}

/** Whether the labels satisfy the selector. Throws on a selector `parseLabelSelector` refuses. */
export function matchesLabels(selector: string, labels: Record<string, string>): boolean {
  const parsed = requirements(selector);
  if (parsed === undefined) throw new TypeError(`not a label selector: ${selector}`);
  return parsed.every(({ key, operator, values }) => {
    const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === 'exists') return label !== undefined;
    if (operator === 'absent') return label === undefined;
    // as Kubernetes has it, `!=` and `notin` hold for an object without the label
    if (operator === 'notin') return label === undefined || !values.includes(label);
    return label !== undefined && values.includes(label);
  });
}

function requirements(selector: string): Requirement[] | undefined {
  const result: Requirement[] = [];
  // commas inside parentheses do not separate requirements
  for (const part of selector.split(/,(?![^(]*\))/)) {
    const requirement = readRequirement(part.trim());
    if (requirement === undefined) return undefined;
    result.push(requirement);
  }
  return result;
}

function readRequirement(text: string): Requirement | undefined {
  const equal = equality.exec(text)?.groups;
  if (equal) return { key: equal.key ?? '', operator: equal.operator === '!=' ? 'notin' : 'in', values: [equal.value ?? ''] };
  const member = membership.exec(text)?.groups;
  if (member) {
    const values = (member.values ?? '').split(',').map((item) => item.trim());
    if (!values.every((item) => wholeValue.test(item))) return undefined;
    return { key: member.key ?? '', operator: member.operator === 'in' ? 'in' : 'notin', values };
  }
  const exists = existence.exec(text)?.groups;
  if (exists) return { key: exists.key ?? '', operator: exists.not === undefined ? 'exists' : 'absent', values: [] };
  return undefined;
}
