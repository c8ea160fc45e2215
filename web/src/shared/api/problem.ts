// Errors of the API as one typed error (RFC 9457). For everything that shows what went wrong. It must
// never hide the rule, the field or the remedy that the server named.
import type { ProblemBody, ProblemItem } from './types'

export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly traceId: string | null
  readonly errors: ProblemItem[]
  readonly warnings: ProblemItem[]

  constructor(body: Partial<ProblemBody> & { status: number; code: string }) {
    super(body.title ?? body.code)
    this.name = 'ApiProblem'
    this.status = body.status
    this.code = body.code
    this.detail = body.detail ?? ''
    this.traceId = body.trace_id ?? null
    this.errors = body.errors ?? []
    this.warnings = body.warnings ?? []
  }

  static offline(): ApiProblem {
    return new ApiProblem({ status: 0, code: 'offline' })
  }

  static async from(response: Response): Promise<ApiProblem> {
    const fallback = codeOf(response.status)
    try {
      const body = (await response.json()) as Partial<ProblemBody>
      return new ApiProblem({ ...body, status: response.status, code: body.code ?? fallback })
    } catch {
      return new ApiProblem({ status: response.status, code: fallback })
    }
  }
}

function codeOf(status: number): string {
  const known: Record<number, string> = {
    400: 'malformed', 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found', 409: 'conflict',
    412: 'stale_version', 413: 'payload_too_large', 415: 'unsupported_media_type', 422: 'validation_failed',
    428: 'precondition_required', 429: 'too_many_requests',
  }
  return known[status] ?? 'internal'
}

/** The id of the form control for a JSON pointer: `/lines/0/mass_g` → `f-lines-0-mass_g`. */
export function fieldId(pointer: string): string {
  return `f${pointer.replace(/~1/g, '/').replace(/~0/g, '~').replace(/[^\w]+/g, '-')}`
}

export interface SummaryEntry { item: ProblemItem; target: string | null }

/**
 * The entries of an error summary, each with the id of the control it points to. A path with no
 * control of its own leads to its nearest ancestor that has one; `exists` says which ids are there.
 */
export function summarise(items: ProblemItem[], exists: (id: string) => boolean): SummaryEntry[] {
  return items.map((item) => {
    let pointer = item.path
    while (pointer.length > 1) {
      const id = fieldId(pointer)
      if (exists(id)) return { item, target: id }
      pointer = pointer.slice(0, pointer.lastIndexOf('/'))
    }
    return { item, target: null }
  })
}
