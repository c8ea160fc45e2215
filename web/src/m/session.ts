// Who works on this phone. Known from the phone's storage first, so that the page opens without network; the server
// is asked as soon as it can be. Signing out takes the documents off the phone, never what waits to be sent.
import { computed, ref, shallowRef } from 'vue'
import { call, del, get, setOnBehalf, setSignedOutHandler } from '@/shared/api/client'
import { ApiProblem } from '@/shared/api/problem'
import type { Me } from '@/shared/api/types'
import { setZone } from '@/shared/lib/time'
import { loadKey } from './keys/state'
import { reached } from './net'
import { clearDocs } from './store/docs'
import { read, remove, write } from './store/db'

interface Known { me: Me; seen: number }
/** After this long without the server, the phone asks to sign in before it shows anything. */
const TRUST = 7 * 24 * 3600_000
export const me = shallowRef<Me | null>(null)
/** The server no longer knows this session; the page stays, sending waits. */
export const ended = ref(false)
const permissions = computed(() => new Set(me.value?.permissions ?? []))
export const can = (...wanted: string[]): boolean => wanted.some((one) => permissions.value.has(one))
export const drives = computed(() => can('trip_report', 'manifest_sign_carrier') && (me.value?.roles.includes('driver') ?? false))
export const inspects = computed(() => can('warning_verify'))
const started: (() => void)[] = []

/** Called whenever a session begins or is confirmed. */
export function onSession(listener: () => void): void {
  started.push(listener)
}

async function take(value: Me): Promise<Me> {
  const other = me.value !== null && me.value.account_id !== value.account_id
  if (other) await clearDocs().catch(() => undefined)
  me.value = value
  ended.value = false
  setZone(value.city.zone)
  await write('kv', 'me', { me: value, seen: Date.now() } satisfies Known).catch(() => undefined)
  await loadKey(value.account_id)
  for (const listener of started) listener()
  return value
}

/** From the phone's storage, for the first picture. */
export async function restore(): Promise<void> {
  const known = await read<Known>('kv', 'me').catch(() => null)
  if (!known) return
  if (Date.now() - known.seen > TRUST) {
    await forget()
    return
  }
  me.value = known.me
  setZone(known.me.city.zone)
  await loadKey(known.me.account_id)
}

/** Asks the server; null when nobody is signed in there. Throws when it cannot be reached. */
export async function confirm(): Promise<Me | null> {
  try {
    const value = await get<Me>('/me', undefined, { signal: AbortSignal.timeout(15_000) })
    reached(true)
    return await take(value)
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    reached(error.status !== 0)
    if (error.status === 401) {
      ended.value = me.value !== null
      return null
    }
    throw error
  }
}

/** The account behind the session right now, without changing anything here. */
export async function whoami(): Promise<string | null> {
  try {
    return (await get<Me>('/me', undefined, { signal: AbortSignal.timeout(15_000) })).account_id
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null
    throw error
  }
}

export async function signIn(login: string, password: string, totp?: string): Promise<Me> {
  const body = totp ? { login, password, totp } : { login, password }
  return take(await call<Me>('POST', '/session', { body }))
}

async function forget(): Promise<void> {
  await clearDocs().catch(() => undefined)
  await remove('kv', 'me').catch(() => undefined)
  me.value = null
}

/** Ends the session. Documents leave the phone; the outbox and the wrapped key stay for this person's next visit. */
export async function signOut(): Promise<void> {
  await del('/session').catch((error: unknown) => {
    if (!(error instanceof ApiProblem) || error.status === 0) throw error
  })
  await forget()
  ended.value = false
}

export function watchSession(): void {
  setOnBehalf(null)
  setSignedOutHandler(() => {
    ended.value = me.value !== null
  })
}
