export interface GrafanaAddress {
  /** of Grafana itself, without a slash at its end */
  base: string;
  uid: string;
  /** `var-NAME` of the address */
  variables: Record<string, string[]>;
}

/** Reads a dashboard's address as a browser shows it (`…/d/UID/…`), or as Grafana's API has it. Undefined: it is none. */
export function grafanaAddress(url: string): GrafanaAddress | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, origin, pathname, searchParams } = new URL(url);
  const [, prefix, uid] = /^(.*?)\/(?:d|api\/dashboards\/uid)\/([A-Za-z0-9_-]{1,40})(?:\/[^/]*)?\/?$/.exec(pathname) ?? [];
  if (!/^https?:$/.test(protocol) || prefix === undefined || uid === undefined) return undefined;
  const names = [...new Set([...searchParams.keys()].filter((key) => key.startsWith('var-')))];
  return { base: `${origin}${prefix}`, uid, variables: Object.fromEntries(names.map((key) => [key.slice(4), searchParams.getAll(key)])) };
}
