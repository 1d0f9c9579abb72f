/** What planning one document several times took. */
export interface PlanFound {
  tookMs: number[];
  /** to the API server, of one plan */
  requests: number;
  /** of the plan as it is told */
  planBytes: number;
  /** of the plan as Temporal keeps it, compressed where it is large */
  keptBytes: number;
  targets: number;
  refusals: string[];
  /** by how much the process grew at most */
  grownBytes: number;
}
