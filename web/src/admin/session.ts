// Who is signed in, for whom they act and what they may do. Navigation and buttons follow it; whether
// something is really allowed is decided by the server on every call.
import { computed, shallowRef } from 'vue'
import { call, del, get, setOnBehalf } from '@/shared/api/client'
import { ApiProblem } from '@/shared/api/problem'
import type { Me } from '@/shared/api/types'
import { setZone } from '@/shared/lib/time'

const ACTING = 'wufei.acting'
export const me = shallowRef<Me | null>(null)
export const permissions = computed(() => new Set(me.value?.permissions ?? []))
export const roles = computed(() => new Set(me.value?.roles ?? []))
/** The organisation whose business is being done: the client's while acting for one. */
export const actingOrg = computed(() => me.value?.acting_for ?? me.value?.org ?? null)
/** Sees more than one organisation: filters by firm make sense. */
export const isOfficial = computed(() => ['department', 'town', 'inspector', 'office', 'system_admin', 'security_admin', 'audit_admin'].some((role) => roles.value.has(role)))

export function can(...wanted: string[]): boolean {
  return wanted.some((permission) => permissions.value.has(permission))
}

function take(value: Me): Me {
  me.value = value
  setZone(value.city.zone)
  return value
}

/** Asks who is signed in; null when nobody is. */
export async function loadMe(): Promise<Me | null> {
  try {
    setOnBehalf(sessionStorage.getItem(ACTING))
    return take(await get<Me>('/me'))
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) {
      me.value = null
      return null
    }
    if (error instanceof ApiProblem && error.status === 403 && sessionStorage.getItem(ACTING)) {
      // The delegation ended meanwhile: go on as oneself.
      sessionStorage.removeItem(ACTING)
      return loadMe()
    }
    throw error
  }
}

export async function signIn(login: string, password: string, totp?: string): Promise<Me> {
  sessionStorage.removeItem(ACTING)
  setOnBehalf(null)
  const body = totp ? { login, password, totp } : { login, password }
  return take(await call<Me>('POST', '/session', { body }))
}

export async function signOut(): Promise<void> {
  try {
    await del('/session')
  } finally {
    sessionStorage.removeItem(ACTING)
    setOnBehalf(null)
    me.value = null
  }
}

/** Acts for a client, or for oneself with null. */
export async function actFor(orgId: string | null): Promise<void> {
  if (orgId) sessionStorage.setItem(ACTING, orgId)
  else sessionStorage.removeItem(ACTING)
  await loadMe()
}
