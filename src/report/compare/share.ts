/** So many of so many. */
export interface Share {
  ok: number;
  of: number;
}
