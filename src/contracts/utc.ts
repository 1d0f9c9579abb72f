/** A time for people, in Temporal's Web UI and as it writes its own: `2026-11-28 21:02:16 UTC`. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
