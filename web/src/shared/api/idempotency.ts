// One idempotency key per thing a person does. For every POST. While the outcome of an action is
// unknown (no answer, a fault of the server) the same payload must go out with the same key, so that
// a retry cannot do it twice; after a definite answer, or when the payload changed, a new key is made.

export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  // randomUUID needs a secure context; a plant's plain-http LAN has none.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** JSON with sorted keys: equal payloads give equal text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  ) ?? 'null'
}

export class IdempotencyKeys {
  private readonly open = new Map<string, { payload: string; key: string }>()

  /** The key for this action and payload: the open one when nothing changed, else a new one. */
  keyFor(action: string, payload: unknown): string {
    const text = stableJson(payload)
    const held = this.open.get(action)
    if (held?.payload === text) return held.key
    const key = newKey()
    this.open.set(action, { payload: text, key })
    return key
  }

  /** A definite answer came: the next run is a new action. */
  settle(action: string): void {
    this.open.delete(action)
  }
}

/** Whether an answer leaves open what happened. 0 stands for no answer at all. */
export function outcomeUnknown(status: number): boolean {
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500
}
