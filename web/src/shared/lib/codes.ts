// Reading the codes that stand on labels and documents, so that scan and search understand them.
// Judging whether a code is valid is the server's business; here only its shape is recognised.

export type Scanned =
  | { kind: 'container'; code: string }
  | { kind: 'manifest'; id: string }
  | { kind: 'attest'; code: string; manifest: string }
  | { kind: 'manifest_number'; number: string }
  | { kind: 'unknown'; text: string }

const CONTAINER = /[0-9A-HJ-NP-RTUW-Y]{18}\d{8}\d{8}\d{3}/i
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i
/** What a printed manifest carries: prefix, document, version, hash, time of issue, signature. */
const ATTEST = new RegExp(`\\b[A-Za-z][\\w-]*\\.(${UUID.source})\\.\\d+\\.[0-9a-f]+\\.\\d+\\.[\\w-]{40,}`, 'i')

/** What a scanned or typed text points to. */
export function readScan(text: string): Scanned {
  const plain = text.normalize('NFKC').trim()
  const attest = ATTEST.exec(plain)
  if (attest) return { kind: 'attest', code: attest[0], manifest: attest[1]!.toLowerCase() }
  const manifest = new RegExp(`/m(?:anifests)?/(${UUID.source})`, 'i').exec(plain)
  if (manifest) return { kind: 'manifest', id: manifest[1]!.toLowerCase() }
  const container = CONTAINER.exec(plain.replace(/[\s-]/g, ''))
  if (container) return { kind: 'container', code: container[0].toUpperCase() }
  if (/^\d{14}$/.test(plain)) return { kind: 'manifest_number', number: plain }
  if (UUID.test(plain) && plain.length === 36) return { kind: 'manifest', id: plain.toLowerCase() }
  return { kind: 'unknown', text: plain }
}

/** The 37-digit code in its four printed groups: firm, waste, day, number. */
export function groupContainer(code: string): string {
  return code.length === 37
    ? `${code.slice(0, 18)} ${code.slice(18, 26)} ${code.slice(26, 34)} ${code.slice(34)}`
    : code
}

/** The last groups of a container code, enough to tell containers of one firm apart. */
export function shortContainer(code: string | null): string {
  return code && code.length === 37 ? `…${code.slice(26, 34)}-${code.slice(34)}` : (code ?? '—')
}
