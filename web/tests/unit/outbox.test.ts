import { describe, expect, it } from 'vitest'
import { ApiProblem } from '@/shared/api/problem'
import { backoff, bodyOf, discard, drain, hurry, pendingOf, pick, queue, retry, supersede, withDependents, type Engine } from '@/m/outbox/engine'
import type { Draft, Item, OutboxStore } from '@/m/outbox/types'

/** A phone: what is stored survives; everything goes through copies, as in a database. */
function memory(): OutboxStore & { items: Item[]; pictures: Map<string, ArrayBuffer> } {
  const items: Item[] = []
  const pictures = new Map<string, ArrayBuffer>()
  let seq = 0
  return {
    items, pictures,
    all: async () => structuredClone(items),
    append: async (fresh, bytes) => {
      for (const item of fresh) items.push(structuredClone({ ...item, seq: (seq += 1) }))
      for (const [id, value] of bytes) pictures.set(id, value)
    },
    update: async (id, change) => {
      const found = items.find((item) => item.id === id)
      if (found) Object.assign(found, structuredClone(change))
      return found !== undefined
    },
    bytes: async (id) => pictures.get(id) ?? null,
    remove: async (ids) => {
      for (const id of ids) {
        const at = items.findIndex((item) => item.id === id)
        if (at >= 0) items.splice(at, 1)
        pictures.delete(id)
      }
    },
    dropBytes: async (id) => {
      pictures.delete(id)
    },
  }
}

type Reply = { status: number; code?: string; errors?: { path: string; rule: string; message: string }[] } | 'no answer' | 'lost answer'
/** A server that takes each key once and answers the same again, or what the script says for a path. */
function world(script: Record<string, Reply[]> = {}) {
  const store = memory()
  const taken = new Map<string, { path: string; body: unknown; sha256?: string }>()
  const calls: { path: string; key: string; body: unknown }[] = []
  const clock = { now: 1_000_000_000_000 }
  const who = { account: 'a' as string | null, reachable: true }
  let lock: Promise<unknown> = Promise.resolve()
  const engine: Engine = {
    store,
    now: () => clock.now,
    changed: () => undefined,
    whoami: async () => {
      if (!who.reachable) throw ApiProblem.offline()
      return who.account
    },
    alone: (run) => {
      const next = lock.then(run, run)
      lock = next.catch(() => undefined)
      return next
    },
    send: async (item, bytes) => {
      calls.push({ path: item.path, key: item.id, body: item.body })
      await Promise.resolve()
      if (!who.reachable) throw ApiProblem.offline()
      const reply = script[item.path]?.shift()
      if (reply === 'no answer') throw ApiProblem.offline()
      if (reply && reply !== 'lost answer') throw new ApiProblem({ status: reply.status, code: reply.code ?? 'x', title: 'words', errors: reply.errors ?? [] })
      const sha256 = bytes ? `sha-${item.id}` : undefined
      if (!taken.has(item.id)) taken.set(item.id, { path: item.path, body: item.body, ...(sha256 ? { sha256 } : {}) })
      if (reply === 'lost answer') throw ApiProblem.offline()
      return sha256 ? { sha256 } : {}
    },
  }
  return { engine, store, taken, calls, clock, who }
}

const photo = (id: string): Draft => ({ id, kind: 'photo', path: '/photos', type: 'image/jpeg' })
const sign = (id: string, m = 'm1'): Draft => ({ id, kind: 'sign', what: 'carrier', path: `/manifests/${m}/sign`, version: 3, body: { step: 'carrier' } })
const report = (id: string, photos: string[], needs: string[] = [], m = 'm1'): Draft => ({ id, kind: 'report', what: 'take_over', path: `/manifests/${m}/reports`, photos, needs: [...photos, ...needs], body: { kind: 'take_over', photos: [] } })
const bytes = (...ids: string[]): Map<string, ArrayBuffer> => new Map(ids.map((id) => [id, new Uint8Array([1, 2]).buffer]))
const act = (engine: Engine, drafts: Draft[], pictures = new Map<string, ArrayBuffer>(), subject = 'manifest/m1', account = 'a') => queue(engine, { account, subject, label: 'N', group: 'g', at: '2026-11-24T02:00:00Z', drafts, bytes: pictures })
const states = (store: { items: Item[] }): Record<string, string> => Object.fromEntries(store.items.map((item) => [item.id, item.state]))

describe('outbox', () => {
  it('sends in order, and a report with the digests that the server gave', async () => {
    const { engine, store, taken, calls } = world()
    await act(engine, [sign('s'), photo('p1'), photo('p2'), report('r', ['p1', 'p2'], ['s'])], bytes('p1', 'p2'))
    const outcome = await drain(engine, 'a')
    expect(outcome.end).toBe('empty')
    expect(calls.map((call) => call.key)).toEqual(['s', 'p1', 'p2', 'r'])
    expect(taken.get('r')!.body).toEqual({ kind: 'take_over', photos: ['sha-p1', 'sha-p2'] })
    expect(new Set(Object.values(states(store)))).toEqual(new Set(['done']))
    expect(store.pictures.size).toBe(0)
  })
  it('sends once although an answer was lost and the page was closed', async () => {
    const { engine, store, taken, calls, clock } = world({ '/manifests/m1/sign': ['lost answer', 'lost answer'] })
    await act(engine, [sign('s'), report('r', [], ['s'])])
    expect((await drain(engine, 'a')).end).toBe('offline')
    expect(states(store)).toEqual({ s: 'queued', r: 'queued' })
    // A new page over the same storage.
    clock.now += 5000
    expect((await drain({ ...engine }, 'a')).end).toBe('offline')
    clock.now += 15_000
    expect((await drain({ ...engine }, 'a')).end).toBe('empty')
    expect(calls.filter((call) => call.path.endsWith('/sign')).map((call) => call.key)).toEqual(['s', 's', 's'])
    expect([...taken.keys()]).toEqual(['s', 'r'])
  })
  it('two tabs at the same moment send each item once', async () => {
    const { engine, calls } = world()
    await act(engine, [sign('s'), photo('p'), report('r', ['p'])], bytes('p'))
    await Promise.all([drain(engine, 'a'), drain(engine, 'a'), drain(engine, 'a')])
    expect(calls.map((call) => call.key)).toEqual(['s', 'p', 'r'])
  })
  it('waits longer each time, and no longer than five minutes', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map(backoff)).toEqual([5000, 15_000, 30_000, 60_000, 120_000, 300_000, 300_000])
  })
  it('keeps the order of one manifest while the first waits, and lets another go on', async () => {
    const { engine, clock, taken } = world({ '/manifests/m1/sign': [{ status: 503 }] })
    await act(engine, [sign('s1')])
    await act(engine, [report('r1', [])])
    await act(engine, [sign('s2', 'm2')], new Map(), 'manifest/m2')
    const outcome = await drain(engine, 'a')
    expect(outcome).toMatchObject({ end: 'waiting', next: clock.now + 5000 })
    expect([...taken.keys()]).toEqual(['s2'])
    clock.now += 5000
    await drain(engine, 'a')
    expect([...taken.keys()]).toEqual(['s2', 's1', 'r1'])
  })
  it.each([400, 403, 404, 409, 412, 413, 415, 422, 428])('parks what is refused with %i, with the words, and never sends it by itself again', async (status) => {
    const { engine, store, calls, clock } = world({ '/manifests/m1/sign': [{ status, code: 'c', errors: [{ path: '/x', rule: 'R-1', message: 'because' }] }] })
    await act(engine, [sign('s')])
    await drain(engine, 'a')
    clock.now += 3600_000
    await hurry(engine)
    await drain(engine, 'a')
    expect(calls).toHaveLength(1)
    expect(store.items[0]).toMatchObject({ state: 'parked', refusal: { status, code: 'c', errors: [{ rule: 'R-1', message: 'because' }] } })
  })
  it.each([408, 425, 429, 500, 502, 503, 504])('tries again after %i with the same key', async (status) => {
    const { engine, store, calls, clock } = world({ '/manifests/m1/sign': [{ status }] })
    await act(engine, [sign('s')])
    await drain(engine, 'a')
    expect(states(store)).toEqual({ s: 'queued' })
    clock.now += 5000
    await drain(engine, 'a')
    expect(calls.map((call) => call.key)).toEqual(['s', 's'])
    expect(states(store)).toEqual({ s: 'done' })
  })
  it('what needs a parked item waits; what does not goes on', async () => {
    const { engine, store, taken } = world({ '/manifests/m1/sign': [{ status: 412 }] })
    await act(engine, [sign('s'), photo('p'), report('r', ['p'], ['s'])], bytes('p'))
    await act(engine, [report('accident', [])])
    expect((await drain(engine, 'a')).end).toBe('empty')
    expect(states(store)).toEqual({ s: 'parked', p: 'done', r: 'queued', accident: 'done' })
    expect([...taken.keys()]).toEqual(['p', 'accident'])
    await retry(engine, 's')
    await drain(engine, 'a')
    expect(states(store)).toMatchObject({ s: 'done', r: 'done' })
  })
  it('a new signature takes the place of a refused one', async () => {
    const { engine, store, taken } = world({ '/manifests/m1/sign': [{ status: 412 }] })
    await act(engine, [sign('old'), photo('p'), report('r', ['p'], ['old'])], bytes('p'))
    await drain(engine, 'a')
    await act(engine, [sign('new')])
    await supersede(engine, 'old', 'new')
    await drain(engine, 'a')
    expect([...taken.keys()]).toEqual(['p', 'new', 'r'])
    expect(states(store)).toEqual({ p: 'done', new: 'done', r: 'done' })
  })
  it('does not replace a signature that was not refused', async () => {
    const { engine, store } = world()
    await act(engine, [sign('old')])
    await supersede(engine, 'old', 'new')
    expect(states(store)).toEqual({ old: 'queued' })
  })
  it('giving up takes what cannot be sent without it, and nothing else', async () => {
    const { engine, store } = world({ '/photos': [{ status: 413 }] })
    await act(engine, [sign('s'), photo('p'), report('r', ['p'], ['s'])], bytes('p'))
    await act(engine, [report('other', [])])
    await drain(engine, 'a')
    expect(withDependents(store.items, 'p').map((item) => item.id)).toEqual(['p', 'r'])
    expect(pendingOf(store.items, 'manifest/m1').map((item) => item.id)).toEqual(['p', 'r'])
    await discard(engine, 'p')
    expect(states(store)).toEqual({ s: 'done', other: 'done' })
    expect(store.pictures.size).toBe(0)
    await discard(engine, 's')
    expect(states(store)).toMatchObject({ s: 'done' })
  })
  it('stops when the session is over and goes on after signing in', async () => {
    const { engine, store, who, taken } = world({ '/manifests/m1/sign': [{ status: 401, code: 'unauthenticated' }] })
    await act(engine, [sign('s')])
    expect((await drain(engine, 'a')).end).toBe('signed_out')
    expect(store.items[0]).toMatchObject({ state: 'queued', tries: 0 })
    who.account = null
    expect((await drain(engine, 'a')).end).toBe('signed_out')
    who.account = 'a'
    expect((await drain(engine, 'a')).end).toBe('empty')
    expect([...taken.keys()]).toEqual(['s'])
  })
  it('a refused key is about the signature, not about the session', async () => {
    const { engine, store } = world({ '/manifests/m1/sign': [{ status: 401, code: 'unauthenticated', errors: [{ path: '/key', rule: 'ID-KEY-001', message: 'revoked' }] }] })
    await act(engine, [sign('s')])
    await drain(engine, 'a')
    expect(states(store)).toEqual({ s: 'parked' })
  })
  it('sends nothing of one person with the session of another', async () => {
    const { engine, calls, who } = world()
    await act(engine, [sign('s')])
    who.account = 'b'
    expect((await drain(engine, 'a')).end).toBe('other_account')
    expect((await drain(engine, 'b')).end).toBe('empty')
    expect(calls).toEqual([])
  })
  it('does not count an attempt while there is no network', async () => {
    const { engine, store, who, calls } = world()
    await act(engine, [sign('s')])
    who.reachable = false
    expect((await drain(engine, 'a')).end).toBe('offline')
    expect(store.items[0]).toMatchObject({ tries: 0, next: 0 })
    expect(calls).toEqual([])
  })
  it('forgets what is done after a day, but not a picture that a waiting report names', async () => {
    const { engine, store, clock } = world({ '/manifests/m1/reports': [{ status: 422 }] })
    await act(engine, [sign('s'), photo('p'), report('r', ['p'])], bytes('p'))
    await drain(engine, 'a')
    clock.now += 25 * 3600_000
    await drain(engine, 'a')
    expect(states(store)).toEqual({ p: 'done', r: 'parked' })
    expect(bodyOf(store.items.find((item) => item.id === 'r')!, store.items)).toMatchObject({ photos: ['sha-p'] })
  })
  it('a report whose need is queued later does not stop the rest', () => {
    const base = { account: 'a', subject: 'manifest/m1', label: '', group: '', at: '', state: 'queued' as const, tries: 0, next: 0 }
    const items: Item[] = [{ ...report('r', [], ['s']), ...base, seq: 1 }, { ...sign('s'), ...base, seq: 2 }]
    expect(pick(items, 'a', 0).item?.id).toBe('s')
  })
})
