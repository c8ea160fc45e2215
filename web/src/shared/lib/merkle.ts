// Verification of the log's proofs (RFC 9162 §2.1.3.2 and §2.1.4.2) in the browser, with the
// browser's own SHA-256. For the proof page: it must believe nothing that the server says about
// validity, only hashes. Errors in the input make a proof invalid; nothing here throws for them.

export type Bytes = Uint8Array<ArrayBuffer>

export function fromHex(text: string): Bytes | null {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) return null
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = parseInt(text.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function fromBase64(text: string): Bytes | null {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}

/** A 32-byte hash given as hex or as base64, the two forms in which logs write them. */
export function hashFrom(text: string): Bytes | null {
  const hex = text.length === 64 ? fromHex(text) : null
  const bytes = hex ?? fromBase64(text)
  return bytes?.length === 32 ? bytes : null
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

async function sha256(...parts: Uint8Array[]): Promise<Bytes> {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined))
}

/** Leaf hash: SHA-256(0x00 ‖ canonical bytes). */
export function leafHash(bytes: Uint8Array): Promise<Bytes> {
  return sha256(Uint8Array.of(0), bytes)
}

/** Inner node: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(Uint8Array.of(1), left, right)
}

const isOdd = (value: number): boolean => value % 2 === 1
const half = (value: number): number => Math.floor(value / 2)

/**
 * The root that an inclusion proof leads to, or null when the path has the wrong length.
 * `index` counts from 0. Sizes are below 2^53, so division replaces shifts.
 */
export async function rootFromInclusion(
  index: number, size: number, leaf: Uint8Array, path: Uint8Array[],
): Promise<Bytes | null> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null
  let fn = index
  let sn = size - 1
  let hash: Bytes = new Uint8Array(leaf)
  for (const step of path) {
    if (sn === 0) return null
    if (isOdd(fn) || fn === sn) {
      hash = await nodeHash(step, hash)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      hash = await nodeHash(hash, step)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 ? hash : null
}

export async function verifyInclusion(
  index: number, size: number, leaf: Uint8Array, path: Uint8Array[], root: Uint8Array,
): Promise<boolean> {
  const computed = await rootFromInclusion(index, size, leaf, path)
  return computed !== null && equal(computed, root)
}

/** Whether the tree of `second` leaves continues the tree of `first` leaves unchanged. */
export async function verifyConsistency(
  first: number, second: number, firstRoot: Uint8Array, secondRoot: Uint8Array, path: Uint8Array[],
): Promise<boolean> {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 0 || first > second) return false
  if (first === second) return path.length === 0 && equal(firstRoot, secondRoot)
  if (first === 0) return path.length === 0
  const nodes = [...path]
  // When the old tree is complete its root is itself the first node of the path.
  if (Number.isInteger(Math.log2(first))) nodes.unshift(firstRoot)
  const start = nodes.shift()
  if (!start) return false
  let fn = first - 1
  let sn = second - 1
  while (isOdd(fn)) {
    fn = half(fn)
    sn = half(sn)
  }
  let fr: Uint8Array = start
  let sr: Uint8Array = start
  for (const node of nodes) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      fr = await nodeHash(node, fr)
      sr = await nodeHash(node, sr)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      sr = await nodeHash(sr, node)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && equal(fr, firstRoot) && equal(sr, secondRoot)
}

export interface Checkpoint {
  origin: string
  size: number
  root: Bytes
  signatures: { name: string; keyId: string; signature: Bytes }[]
  /** The signed text: everything before the empty line, with its last line break. */
  body: string
}

/** Reads a C2SP checkpoint (signed note); null when it is not one. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const split = text.indexOf('\n\n')
  if (split < 0) return null
  const body = text.slice(0, split + 1)
  const [origin, size, root] = body.split('\n')
  const rootBytes = root ? hashFrom(root) : null
  if (!origin || !size || !/^\d{1,15}$/.test(size) || !rootBytes) return null
  const signatures = []
  for (const line of text.slice(split + 2).split('\n')) {
    const match = /^— (\S+) (\S+)$/.exec(line)
    if (!match) continue
    const bytes = fromBase64(match[2]!)
    if (!bytes || bytes.length < 5) continue
    signatures.push({ name: match[1]!, keyId: toHex(bytes.slice(0, 4)), signature: bytes.slice(4) })
  }
  return { origin, size: Number(size), root: rootBytes, signatures, body }
}

/**
 * Checks the Ed25519 line of a checkpoint against a verifier key (`name+id+base64(alg‖key)`).
 * Null when this browser cannot do Ed25519.
 */
export async function verifyCheckpoint(checkpoint: Checkpoint, vkey: string): Promise<boolean | null> {
  const [name, keyId, ...rest] = vkey.split('+')
  const material = fromBase64(rest.join('+'))
  if (!name || !keyId || !material || material.length !== 33 || material[0] !== 1) return false
  const line = checkpoint.signatures.find((s) => s.name === name && s.keyId === keyId.toLowerCase())
  if (!line) return false
  try {
    const key = await crypto.subtle.importKey('raw', material.slice(1), { name: 'Ed25519' }, false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, line.signature, new TextEncoder().encode(checkpoint.body))
  } catch {
    return null
  }
}
