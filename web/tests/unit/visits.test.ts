// Every address of both entries is visited by e2e/pages.spec.mjs, where axe looks at it: a route without a visit fails
// here, long before a browser starts.
import { describe, expect, it, vi } from 'vitest'
import type { Router } from 'vue-router'
import { IDS, PAGES, PHONE, type Visit } from '../../e2e/lib/pages.mjs'

vi.mock('vue-router', async (original) => {
  const all = await original<typeof import('vue-router')>()
  return { ...all, createWebHistory: () => all.createMemoryHistory() }
})
// Who is signed in and which build runs does not matter here, and needs a browser.
vi.mock('../../src/m/session', () => ({}))
vi.mock('../../src/m/sw/register', () => ({}))

const SAMPLE: Record<string, string> = Object.fromEntries(Object.keys(IDS).map((key) => [key, key === 'event' ? '1' : `some-${key}`]))

function missed(router: Router, visits: Visit[]): string[] {
  const seen = new Set(visits.map((one) => String(router.resolve(one.path(SAMPLE)).name)))
  return router.getRoutes().flatMap((route) => (route.name && !seen.has(String(route.name)) ? [String(route.name)] : []))
}

describe('every page is visited', () => {
  it('at the desk', async () => {
    const { router } = await import('../../src/admin/router')
    expect(missed(router, PAGES)).toEqual([])
  })
  it('on the phone', async () => {
    const { router } = await import('../../src/m/router')
    expect(missed(router, PHONE)).toEqual([])
  })
  it('under one name each', () => {
    const names = [...PAGES, ...PHONE].map((one) => one.name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })
})
