// The one way to the server. Adds language, delegation, purpose, idempotency key and expected version;
// turns every failure into an `ApiProblem`. It must never call another origin: paths only.
import { lang } from '@/shared/i18n'
import { newKey } from './idempotency'
import { ApiProblem } from './problem'

export type QueryValue = string | number | boolean | null | undefined
export interface CallOptions {
  query?: Record<string, QueryValue | string[]>
  body?: unknown
  form?: FormData
  /** Bytes with their own content type, instead of a JSON body. */
  raw?: { bytes: ArrayBuffer; type: string }
  /** Expected version, sent as If-Match. */
  version?: number
  /** Idempotency key; POST gets a fresh one when none is given. */
  key?: string
  signal?: AbortSignal
  /** Why personal data is read, for the audit log. */
  purpose?: string
}

let onBehalf: string | null = null
let onSignedOut: (() => void) | null = null

/** Acts for a client from now on; null for oneself. */
export function setOnBehalf(orgId: string | null): void {
  onBehalf = orgId
}

/** Called when the server says that the session is over. */
export function setSignedOutHandler(handler: () => void): void {
  onSignedOut = handler
}

export function queryString(query: CallOptions['query']): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (Array.isArray(value)) value.forEach((one) => search.append(name, one))
    else if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

/** Address of a file (PDF, export) to link to; the browser fetches it with the session cookie. */
export function fileUrl(path: string, query?: CallOptions['query']): string {
  return `/api${path}${queryString(query)}`
}

function headersFor(method: string, options: CallOptions): Headers {
  const headers = new Headers({ Accept: 'application/json', 'Accept-Language': lang.value })
  if (options.raw) headers.set('Content-Type', options.raw.type)
  else if (options.body !== undefined) headers.set('Content-Type', 'application/json')
  if (method === 'POST') headers.set('Idempotency-Key', options.key ?? newKey())
  if (options.version !== undefined) headers.set('If-Match', `"${options.version}"`)
  if (onBehalf) headers.set('Wufei-On-Behalf', onBehalf)
  if (options.purpose) headers.set('Wufei-Purpose', encodeURIComponent(options.purpose))
  return headers
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(`/api${path}${queryString(options.query)}`, {
      method,
      headers: headersFor(method, options),
      body: options.raw?.bytes ?? options.form ?? (options.body === undefined ? null : JSON.stringify(options.body)),
      credentials: 'same-origin',
      signal: options.signal ?? null,
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw ApiProblem.offline()
  }
  if (!response.ok) {
    const problem = await ApiProblem.from(response)
    // A refusal that names a rule is about a password typed again (a signature, a new password): the session lives.
    const sessionEnded = problem.status === 401 && problem.code === 'unauthenticated' && problem.errors.length === 0
    if (sessionEnded && path !== '/session') onSignedOut?.()
    throw problem
  }
  if (response.status === 204) return undefined as T
  const type = response.headers.get('Content-Type') ?? ''
  return (type.includes('json') ? await response.json() : await response.text()) as T
}

export const get = <T>(path: string, query?: CallOptions['query'], options: CallOptions = {}): Promise<T> =>
  call<T>('GET', path, { ...options, query: query ?? {} })
export const post = <T>(path: string, body?: unknown, options: CallOptions = {}): Promise<T> =>
  call<T>('POST', path, { ...options, body: body ?? {} })
export const put = <T>(path: string, body: unknown, version: number): Promise<T> =>
  call<T>('PUT', path, { body, version })
export const del = (path: string, body?: unknown): Promise<void> =>
  call<void>('DELETE', path, body === undefined ? {} : { body })

/** Fetches a file with all headers (delegation, language) and hands it to the browser as a download. */
export async function download(path: string, query: CallOptions['query'], fallbackName: string): Promise<void> {
  const response = await fetch(`/api${path}${queryString(query)}`, { headers: fileHeaders() }).catch(() => null)
  if (!response) throw ApiProblem.offline()
  if (!response.ok) throw await ApiProblem.from(response)
  const disposition = response.headers.get('Content-Disposition') ?? ''
  const named = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1] ?? /filename="?([^";]+)/i.exec(disposition)?.[1]
  saveAs(await response.blob(), named ? decodeURIComponent(named) : fallbackName)
}

/** Hands bytes to the browser as a download. */
export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

function fileHeaders(): Headers {
  const headers = headersFor('GET', {})
  headers.set('Accept', '*/*')
  return headers
}
