// The outbox of this page: the engine with the real store, the lock over all tabs, and what sets it going — the
// network coming back, the start of the page, a timer, and every act of the person.
import { computed, ref, shallowRef } from 'vue'
import { call } from '@/shared/api/client'
import { ApiProblem } from '@/shared/api/problem'
import { newKey } from '@/shared/api/idempotency'
import { onBack, online, reached } from '../net'
import { confirm, ended, me, onSession, whoami } from '../session'
import { discard as drop, drain, hurry, pendingOf, queue, retry as again, supersede, type Act, type Answer, type Engine, type Outcome } from './engine'
import { idbStore } from './idb'
import type { Item } from './types'

const LOCK = 'wufei-m-outbox'
const everything = shallowRef<Item[]>([])
/** Items of the person who works here, oldest first. */
export const items = computed(() => everything.value.filter((item) => item.account === me.value?.account_id).sort((a, b) => a.seq - b.seq))
export const waiting = computed(() => items.value.filter((item) => item.state === 'queued'))
export const parked = computed(() => items.value.filter((item) => item.state === 'parked'))
/** Items that somebody else left on this phone. */
export const foreign = computed(() => everything.value.filter((item) => item.account !== me.value?.account_id && item.state !== 'done').length)
export const sending = ref(false)
export const lastEnd = ref<Outcome['end'] | null>(null)
export const otherAccount = computed(() => lastEnd.value === 'other_account')
export const pending = (subject: string): Item[] => pendingOf(items.value, subject)

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(LOCK)
const listeners = new Set<(item: Item) => void>()
/** Called for every item that the server took, in this tab. */
export function onSent(listener: (item: Item) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export async function refresh(): Promise<void> {
  const before = new Map(everything.value.map((item) => [item.id, item.state]))
  everything.value = await idbStore.all().catch(() => [])
  for (const item of everything.value) if (item.state === 'done' && before.has(item.id) && before.get(item.id) !== 'done') for (const listener of listeners) listener(item)
}

let chain: Promise<unknown> = Promise.resolve()
function alone<T>(run: () => Promise<T>): Promise<T> {
  if (navigator.locks) return navigator.locks.request(LOCK, run) as Promise<T>
  // Without the Web Locks API one tab at least does not send twice; the idempotency keys do the rest.
  const next = chain.then(run, run)
  chain = next.catch(() => undefined)
  return next
}

async function send(item: Item, bytes: ArrayBuffer | null): Promise<Answer> {
  try {
    return await post(item, bytes)
  } catch (error) {
    // An answer that broke off or was no answer of the platform leaves open what happened: the same key goes again.
    if (error instanceof ApiProblem) throw error
    throw ApiProblem.offline()
  }
}

async function post(item: Item, bytes: ArrayBuffer | null): Promise<Answer> {
  const common = { key: item.id, signal: AbortSignal.timeout(item.kind === 'photo' ? 120_000 : 45_000), ...(item.version === undefined ? {} : { version: item.version }) }
  if (item.kind !== 'photo') {
    const taken = await call<unknown>('POST', item.path, { ...common, body: item.body ?? {} })
    if (typeof taken !== 'object' || taken === null) throw ApiProblem.offline()
    return {}
  }
  const answer = await call<{ sha256: string }>('POST', item.path, { ...common, raw: { bytes: bytes ?? new ArrayBuffer(0), type: item.type ?? 'image/jpeg' } })
  if (!/^[0-9a-f]{64}$/.test(answer.sha256)) throw ApiProblem.offline()
  return { sha256: answer.sha256 }
}

const engine: Engine = {
  store: idbStore,
  send,
  whoami,
  alone,
  now: Date.now,
  changed: () => {
    channel?.postMessage('changed')
    void refresh()
  },
}

let timer = 0
let running: Promise<void> | null = null
let askedAgain = false

/** Sends what may go now. Called often; runs once at a time. */
export function kick(): Promise<void> {
  if (running) {
    askedAgain = true
    return running
  }
  running = (async () => {
    do {
      askedAgain = false
      await once()
    } while (askedAgain)
  })().finally(() => {
    running = null
  })
  return running
}

async function once(): Promise<void> {
  const account = me.value?.account_id
  if (!account) return
  clearTimeout(timer)
  sending.value = true
  let next: number | null = null
  try {
    const outcome = await drain(engine, account)
    next = outcome.next
    lastEnd.value = outcome.end
    if (outcome.end === 'offline') reached(false)
    else if (outcome.sent.length > 0) reached(true)
    if (outcome.end === 'signed_out') ended.value = true
    await refresh()
  } catch (error) {
    // The storage did not answer; what it holds is tried again.
    console.error(error)
  } finally {
    sending.value = false
    // Also when nothing is due: another tab may have queued, or the network is back without the browser saying so.
    const wait = next === null ? (online.value ? 60_000 : 20_000) : Math.max(1000, next - Date.now())
    timer = window.setTimeout(() => {
      if (!online.value && navigator.onLine) void confirm().catch(() => null)
      void kick()
    }, Math.min(wait, 60_000))
  }
}

/** A person asks: now, without waiting for the timer. */
export async function sendNow(): Promise<void> {
  await hurry(engine)
  await kick()
}

/** Keeps one act of a person — all of it or nothing — and tries to send it. `instead` names a refused item it replaces. */
export async function submit(act: Omit<Act, 'account' | 'group' | 'at'>, instead?: string): Promise<void> {
  const account = me.value?.account_id
  if (!account) throw new Error('nobody is signed in')
  await queue(engine, { ...act, account, group: newKey(), at: new Date().toISOString() })
  if (instead) await supersede(engine, instead, act.drafts[0]!.id)
  await refresh()
  void navigator.storage?.persist?.().catch(() => false)
  void sendNow()
}

export async function retry(id: string): Promise<void> {
  await again(engine, id)
  await sendNow()
}
export async function discard(id: string): Promise<void> {
  await drop(engine, id)
  await refresh()
}

export async function startOutbox(): Promise<void> {
  channel?.addEventListener('message', () => {
    void refresh()
  })
  onBack(() => void sendNow())
  onSession(() => void sendNow())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void kick()
  })
  await refresh()
  void kick()
}
