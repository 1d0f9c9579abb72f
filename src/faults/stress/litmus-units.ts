/** Litmus takes a bare number for mebibytes. */
export function bareMebibytes(value: string): string {
  return /^\d+$/.test(value) ? `${value}Mi` : value;
}

/** Litmus takes a bare number for gibibytes. */
export function bareGibibytes(value: string): string {
  return /^\d+$/.test(value) ? `${value}Gi` : value;
}
