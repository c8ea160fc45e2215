// The signing key of this phone: made here, its private half kept only wrapped. The wrapping key comes from the PIN
// (PBKDF2-SHA-256) and from a secret of this browser that cannot be exported, so that a copied record alone cannot
// be tried out elsewhere. It must never store a PIN and never keep an unwrapped key.

export const ITERATIONS = 600_000
export const MAX_TRIES = 5
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const

export interface WrappedKey {
  salt: Uint8Array<ArrayBuffer>
  iv: Uint8Array<ArrayBuffer>
  iterations: number
  wrapped: ArrayBuffer
  /** Not extractable: the browser keeps it. */
  pepper: CryptoKey
}
export interface NewKey { wrapped: WrappedKey; /** SPKI, base64. */ publicKey: string }

export function base64(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(Array.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''))
}

/** What is wrong with a PIN, or null: six digits or more, no row and no repetition. */
export function pinFault(pin: string): 'short' | 'digits' | 'simple' | null {
  if (!/^\d*$/.test(pin)) return 'digits'
  if (pin.length < 6) return 'short'
  const steps = new Set([...pin].slice(1).map((digit, i) => (Number(digit) - Number(pin[i]) + 10) % 10))
  if (steps.size === 1 && [0, 1, 9].includes([...steps][0]!)) return 'simple'
  return new Set(pin).size < 3 ? 'simple' : null
}

async function wrappingKey(pin: string, salt: Uint8Array<ArrayBuffer>, iterations: number, pepper: CryptoKey): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits'])
  const stretched = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, base, 256)
  const mixed = await crypto.subtle.sign('HMAC', pepper, stretched)
  return crypto.subtle.importKey('raw', mixed, 'AES-GCM', false, ['wrapKey', 'unwrapKey'])
}

export async function makeKey(pin: string, iterations = ITERATIONS): Promise<NewKey> {
  const pair = await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const pepper = (await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])) as CryptoKey
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const kek = await wrappingKey(pin, salt, iterations, pepper)
  const wrapped = await crypto.subtle.wrapKey('pkcs8', pair.privateKey, kek, { name: 'AES-GCM', iv })
  const spki = await crypto.subtle.exportKey('spki', pair.publicKey)
  return { wrapped: { salt, iv, iterations, wrapped, pepper }, publicKey: base64(spki) }
}

/** The key for signing, not extractable; null when the PIN is wrong. */
export async function unwrap(key: WrappedKey, pin: string): Promise<CryptoKey | null> {
  const kek = await wrappingKey(pin, key.salt, key.iterations, key.pepper)
  try {
    return await crypto.subtle.unwrapKey('pkcs8', key.wrapped, kek, { name: 'AES-GCM', iv: key.iv }, CURVE, false, ['sign'])
  } catch {
    // AES-GCM authenticates: a wrong PIN cannot give a wrong key.
    return null
  }
}

/** Signature over a text: IEEE P1363 (r and s one after the other), base64. */
export async function signText(key: CryptoKey, text: string): Promise<string> {
  return base64(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, new TextEncoder().encode(text)))
}

export interface Signing { manifest: string; step: string; version: number; contentHash: string; signedAt: string; key: string }

/** The text that is signed, as the API defines it: lines without a last line break. */
export function signingText(what: Signing): string {
  return ['wufei-sign-1', what.manifest, what.step, String(what.version), what.contentHash, what.signedAt, what.key].join('\n')
}

/** Time of a signature: RFC 3339 in UTC, whole seconds. */
export function signedAt(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`
}
