// The signing key of the person who is signed in: enrolment, attempts, loss. Five wrong PINs and the key is gone; the
// attempt is counted before it is made, so that closing the page does not give it back.
import { post, del, get } from '@/shared/api/client'
import { ask, remove, transaction } from '../store/db'
import { deviceKey, type DeviceKey } from './state'
import { makeKey, MAX_TRIES, signText, unwrap, type NewKey } from './vault'

export { deviceKey }
export interface KeyRow { id: string; name: string; created_at: string; last_used_at?: string | null; revoked_at?: string | null }

let made: { pin: string; fresh: NewKey } | null = null

/** Makes a key, has the server know it, then keeps it. Trying again after a lost answer sends the same key. */
export async function enrol(account: string, pin: string, name: string, proof: { password: string; totp?: string }, idempotency: string): Promise<void> {
  if (made?.pin !== pin) made = { pin, fresh: await makeKey(pin) }
  const fresh = made.fresh
  const row = await post<KeyRow>('/me/signing-keys', { name, public_key: fresh.publicKey, ...proof }, { key: idempotency })
  const kept: DeviceKey = { ...fresh.wrapped, id: row.id, name: row.name, created_at: row.created_at, tries: 0 }
  await transaction(['keys'], 'readwrite', (tx) => ask(tx.objectStore('keys').put(kept, account)))
  made = null
  deviceKey.value = kept
}

/** Forgets the payload of an enrolment that was given up. */
export function forgetDraft(): void {
  made = null
}

export const listKeys = async (): Promise<KeyRow[]> => {
  const value = await get<KeyRow[] | { items: KeyRow[] }>('/me/signing-keys')
  return Array.isArray(value) ? value : value.items
}

/** Ends a key at the server, and here when it is this phone's. */
export async function revoke(account: string, id: string): Promise<void> {
  await del(`/me/signing-keys/${id}`)
  if (deviceKey.value?.id === id) await dropKey(account)
}

export async function dropKey(account: string): Promise<void> {
  await remove('keys', account)
  deviceKey.value = null
}

export type PinResult = { ok: true; keyId: string; sign: (text: string) => Promise<string> } | { ok: false; left: number }

/** Unwraps with the PIN; counts what is wrong and lets the key go after the last try. */
export async function openKey(account: string, pin: string): Promise<PinResult> {
  const key = await transaction(['keys'], 'readwrite', async (tx) => {
    const store = tx.objectStore('keys')
    const found = (await ask(store.get(account))) as DeviceKey | undefined
    if (!found) return null
    const counted = { ...found, tries: found.tries + 1 }
    await ask(store.put(counted, account))
    return counted
  })
  if (!key) {
    deviceKey.value = null
    return { ok: false, left: 0 }
  }
  const opened = key.tries <= MAX_TRIES ? await unwrap(key, pin) : null
  if (opened) {
    const fresh = { ...key, tries: 0 }
    await transaction(['keys'], 'readwrite', (tx) => ask(tx.objectStore('keys').put(fresh, account)))
    deviceKey.value = fresh
    return { ok: true, keyId: key.id, sign: (text) => signText(opened, text) }
  }
  const left = Math.max(0, MAX_TRIES - key.tries)
  if (left === 0) await dropKey(account)
  else deviceKey.value = key
  return { ok: false, left }
}
