// Sending what waits, once and in order. One run at a time over all tabs (the lock is given), items about one thing
// one after the other, each with the idempotency key it was queued with. It must never drop an item that the server
// did not take: such an item is parked with the server's words until a person decides.
import { outcomeUnknown } from '@/shared/api/idempotency'
import { ApiProblem } from '@/shared/api/problem'
import type { Draft, Item, OutboxStore, Refusal } from './types'

export interface Answer { sha256?: string }
export interface Engine {
  store: OutboxStore
  /** Sends one item; throws an ApiProblem when it was not taken. */
  send: (item: Item, bytes: ArrayBuffer | null) => Promise<Answer>
  /** Who is signed in at the server; null when nobody is. Throws when it cannot be reached. */
  whoami: () => Promise<string | null>
  /** Runs alone over all tabs. */
  alone: <T>(run: () => Promise<T>) => Promise<T>
  now: () => number
  changed: () => void
}
export interface Outcome {
  /** Why the run ended. */
  end: 'empty' | 'offline' | 'signed_out' | 'other_account' | 'waiting'
  sent: Item[]
  /** When to try again, milliseconds. */
  next: number | null
}
export interface Act { account: string; subject: string; label: string; group: string; at: string; drafts: Draft[]; bytes: Map<string, ArrayBuffer> }

const STEPS = [5, 15, 30, 60, 120, 300]
/** How long done items stay in sight. */
const KEEP = 24 * 3600_000

/** Wait after the nth attempt without an answer, in milliseconds. */
export function backoff(tries: number): number {
  return STEPS[Math.min(Math.max(tries, 1), STEPS.length) - 1]! * 1000
}

export async function queue(engine: Engine, act: Act): Promise<void> {
  const { drafts, bytes, ...rest } = act
  await engine.store.append(drafts.map((draft) => ({ ...draft, ...rest, state: 'queued', tries: 0, next: 0 })), bytes)
  engine.changed()
}

/** The next item that may go out now, or when the first one may. */
export function pick(items: Item[], account: string, now: number): { item: Item | null; next: number | null } {
  const byId = new Map(items.map((item) => [item.id, item]))
  const held = new Set<string>()
  let next: number | null = null
  for (const item of [...items].sort((a, b) => a.seq - b.seq)) {
    if (item.account !== account || item.state !== 'queued' || held.has(item.subject)) continue
    // What needs another item waits for it, also when that one is parked; what is behind it without need goes on.
    const needs = (item.needs ?? []).map((id) => byId.get(id)).filter((one) => one && one.state !== 'done')
    if (needs.length > 0) continue
    if (item.next > now) {
      held.add(item.subject)
      next = next === null ? item.next : Math.min(next, item.next)
      continue
    }
    return { item, next: null }
  }
  return { item: null, next }
}

/** The body that goes out: digests of the pictures are known once the server has them. */
export function bodyOf(item: Item, items: Item[]): unknown {
  if (!item.photos || item.photos.length === 0) return item.body
  const digests = item.photos.map((id) => items.find((one) => one.id === id)?.sha256).filter((one): one is string => one !== undefined)
  return { ...(item.body as Record<string, unknown>), photos: digests }
}

function refusal(problem: ApiProblem): Refusal {
  return { status: problem.status, code: problem.code, title: problem.message, detail: problem.detail, errors: problem.errors, trace_id: problem.traceId }
}

/** A 401 that names no rule is about the session; with a rule it is about the item. */
const sessionOver = (problem: ApiProblem): boolean => problem.status === 401 && problem.errors.length === 0

export async function drain(engine: Engine, account: string): Promise<Outcome> {
  return engine.alone(async () => {
    const sent: Item[] = []
    const end = (why: Outcome['end'], next: number | null = null): Outcome => ({ end: why, sent, next })
    const start = await engine.store.all()
    const old = start.filter((item) => item.state === 'done' && engine.now() - Date.parse(item.done_at ?? item.at) > KEEP)
    // A picture stays as long as a report that names it.
    const named = new Set(start.filter((item) => item.state !== 'done').flatMap((item) => [...(item.photos ?? []), ...(item.needs ?? [])]))
    if (old.length > 0) await engine.store.remove(old.filter((item) => !named.has(item.id)).map((item) => item.id))
    if (pick(start, account, engine.now()).item === null) {
      const { next } = pick(start, account, engine.now())
      return end(next === null ? 'empty' : 'waiting', next)
    }
    // Another person may have signed in since, in another tab: their session must not send this person's items.
    try {
      const who = await engine.whoami()
      if (who === null) return end('signed_out')
      if (who !== account) return end('other_account')
    } catch {
      return end('offline')
    }
    for (;;) {
      const items = await engine.store.all()
      const { item, next } = pick(items, account, engine.now())
      if (!item) return end(next === null ? 'empty' : 'waiting', next)
      try {
        const bytes = item.kind === 'photo' ? await engine.store.bytes(item.id) : null
        const answer = await engine.send({ ...item, body: bodyOf(item, items) }, bytes)
        const done: Partial<Item> = { state: 'done', done_at: new Date(engine.now()).toISOString(), ...(answer.sha256 ? { sha256: answer.sha256 } : {}) }
        await engine.store.update(item.id, done)
        if (item.kind === 'photo') await engine.store.dropBytes(item.id)
        sent.push({ ...item, ...done })
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error
        if (sessionOver(error)) return end('signed_out')
        if (!outcomeUnknown(error.status)) await engine.store.update(item.id, { state: 'parked', refusal: refusal(error), tries: item.tries + 1 })
        else {
          const tries = item.tries + 1
          await engine.store.update(item.id, { tries, next: engine.now() + backoff(tries) })
          if (error.status === 0) return end('offline')
        }
      } finally {
        engine.changed()
      }
    }
  })
}

/** A person or the network says: now. Waits are over; what is parked stays parked. */
export async function hurry(engine: Engine): Promise<void> {
  for (const item of await engine.store.all()) if (item.state === 'queued' && item.next > 0) await engine.store.update(item.id, { next: 0 })
}

export async function retry(engine: Engine, id: string): Promise<void> {
  await engine.store.update(id, { state: 'queued', next: 0 })
  engine.changed()
}

/** An item and everything that can no longer be sent without it. */
export function withDependents(items: Item[], id: string): Item[] {
  const out = new Set([id])
  for (let grew = true; grew;) {
    grew = false
    for (const item of items) {
      if (item.state === 'done' || out.has(item.id) || !(item.needs ?? []).some((one) => out.has(one))) continue
      out.add(item.id)
      grew = true
    }
  }
  return items.filter((item) => out.has(item.id))
}

/** Forgets an item and what depends on it; runs alone, so that it is not being sent meanwhile. */
export async function discard(engine: Engine, id: string): Promise<void> {
  await engine.alone(async () => {
    const items = await engine.store.all()
    if (items.find((item) => item.id === id)?.state === 'done') return
    await engine.store.remove(withDependents(items, id).map((item) => item.id))
  })
  engine.changed()
}

/** A new signature takes the place of one that was refused: what waited for the old one now waits for the new. */
export async function supersede(engine: Engine, old: string, fresh: string): Promise<void> {
  await engine.alone(async () => {
    const items = await engine.store.all()
    if (items.find((item) => item.id === old)?.state !== 'parked') return
    for (const item of items) if (item.needs?.includes(old)) await engine.store.update(item.id, { needs: item.needs.map((one) => (one === old ? fresh : one)) })
    await engine.store.remove([old])
  })
  engine.changed()
}

/** What waits about a subject: queued and parked, not what is done. */
export function pendingOf(items: Item[], subject: string): Item[] {
  return items.filter((item) => item.subject === subject && item.state !== 'done').sort((a, b) => a.seq - b.seq)
}
