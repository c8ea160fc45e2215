import { afterEach, describe, expect, it, vi } from 'vitest'
import { call, post, queryString, setOnBehalf } from '@/shared/api/client'
import { IdempotencyKeys, newKey, outcomeUnknown, stableJson } from '@/shared/api/idempotency'
import { ApiProblem, fieldId, summarise } from '@/shared/api/problem'
import { useAction } from '@/shared/ui/form'

vi.stubGlobal('document', { querySelector: () => null, documentElement: { lang: '' } })

afterEach(() => {
  setOnBehalf(null)
  vi.unstubAllGlobals()
  vi.stubGlobal('document', { querySelector: () => null, documentElement: { lang: '' } })
})
const answer = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })

describe('idempotency keys', () => {
  it('stay while the outcome is open and change with the payload', () => {
    const keys = new IdempotencyKeys()
    const first = keys.keyFor('a', { x: 1, y: [1, 2] })
    expect(keys.keyFor('a', { y: [1, 2], x: 1 })).toBe(first)
    expect(keys.keyFor('b', { x: 1, y: [1, 2] })).not.toBe(first)
    expect(keys.keyFor('a', { x: 2, y: [1, 2] })).not.toBe(first)
    const open = keys.keyFor('a', { x: 3 })
    keys.settle('a')
    expect(keys.keyFor('a', { x: 3 })).not.toBe(open)
  })
  it('are UUIDs, also without a secure context', () => {
    expect(newKey()).toMatch(/^[0-9a-f-]{36}$/)
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(7) })
    expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
  it('know which answers leave the outcome open', () => {
    expect([0, 408, 429, 500, 503].every(outcomeUnknown)).toBe(true)
    expect([200, 400, 403, 409, 412, 422].some(outcomeUnknown)).toBe(false)
    expect(stableJson({ b: 1, a: { d: 1, c: 2 } })).toBe('{"a":{"c":2,"d":1},"b":1}')
  })
  it('a lost answer is repeated with the same key, a new action gets a new one', async () => {
    const seen: string[] = []
    let lose = true
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      seen.push(new Headers(init.headers).get('Idempotency-Key')!)
      if (lose) throw new TypeError('network')
      return answer(201, { ok: true })
    })
    const action = useAction((payload: unknown, key: string) => post('/ledger/generations', payload, { key }))
    expect(await action.run({ mass_g: 1 })).toBeNull()
    expect(action.problem.value?.code).toBe('offline')
    lose = false
    expect(await action.run({ mass_g: 1 })).toEqual({ ok: true })
    await action.run({ mass_g: 1 })
    expect(seen[1]).toBe(seen[0])
    expect(seen[2]).not.toBe(seen[0])
  })
})

describe('client', () => {
  it('sends language, delegation, version and purpose', async () => {
    let seen = new Headers()
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      seen = new Headers(init.headers)
      return answer(200, {})
    })
    setOnBehalf('client-1')
    await call('PUT', '/manifests/1', { body: {}, version: 4, purpose: '检查' })
    expect(seen.get('Accept-Language')).toBe('zh-CN')
    expect(seen.get('Wufei-On-Behalf')).toBe('client-1')
    expect(seen.get('If-Match')).toBe('"4"')
    expect(decodeURIComponent(seen.get('Wufei-Purpose')!)).toBe('检查')
    expect(seen.get('Idempotency-Key')).toBeNull()
  })
  it('turns failures into problems with rule, field and remedy', async () => {
    vi.stubGlobal('fetch', async () => answer(422, { code: 'rule_violated', status: 422, title: 'x', errors: [{ path: '/lines/0/mass_g', rule: 'HW-TR-003', message: 'm', remedy: 'r' }] }))
    const problem = await post('/manifests', {}).then(() => null, (error: unknown) => error as ApiProblem)
    expect(problem).toBeInstanceOf(ApiProblem)
    expect(problem?.errors[0]).toMatchObject({ rule: 'HW-TR-003', remedy: 'r' })
    vi.stubGlobal('fetch', async () => new Response('<html>', { status: 502 }))
    expect(await post('/x', {}).then(() => null, (error: unknown) => (error as ApiProblem).code)).toBe('internal')
  })
  it('leaves empty filters out of the address', () => {
    expect(queryString({ a: '', b: null, c: undefined, d: 0, e: false, f: ['x', 'y'] })).toBe('?d=0&e=false&f=x&f=y')
    expect(queryString({})).toBe('')
  })
})

describe('error summary', () => {
  const item = (path: string) => ({ path, rule: 'R', message: 'm' })
  it('leads to the field, or to the nearest ancestor that has a control', () => {
    const there = new Set([fieldId('/lines/0/mass_g'), fieldId('/lines')])
    const found = summarise([item('/lines/0/mass_g'), item('/lines/3/name'), item('/other'), item('')], (id) => there.has(id))
    expect(found.map((one) => one.target)).toEqual(['f-lines-0-mass_g', 'f-lines', null, null])
  })
  it('makes ids of JSON pointers', () => {
    expect(fieldId('/consignor_part/lines/0/method_code')).toBe('f-consignor_part-lines-0-method_code')
  })
})
