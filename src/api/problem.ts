import type { Response } from 'express';
import { requestIdOf } from './request-id.ts';

export interface ProblemOptions {
  /** further members of the document, for example `errors` */
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** What a client is told of a request that did not do, as RFC 9457 has it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** a stable name in kebab-case; `urn:squall:problem:NAME` in the document */
  readonly type: string;
  readonly title: string;
  readonly members: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(status: number, type: string, title: string, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.status = status;
    this.type = type;
    this.title = title;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }

  /** @param requestId by which the log is searched for this occurrence */
  toDocument(requestId: string): Record<string, unknown> {
    return {
      type: `urn:squall:problem:${this.type}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      instance: `urn:uuid:${requestId}`,
      ...this.members,
    };
  }
}

export function sendProblem(res: Response, problem: Problem): void {
  res
    .status(problem.status)
    .set(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify(problem.toDocument(requestIdOf(res))));
}
