import { describe, expect, it } from 'vitest'
import { lastVisit } from '@/admin/parts/visit'

const store = (): Pick<Storage, 'getItem' | 'setItem'> => {
  const held = new Map<string, string>()
  return { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => void held.set(key, value) }
}
const at = (time: string): Date => new Date(`2026-03-02T${time}:00Z`)

describe('the visit before this one', () => {
  it('is none at first, and stays the same while the page is called again', () => {
    const kept = store()
    expect(lastVisit('a', at('08:00'), kept)).toBe(null)
    expect(lastVisit('a', at('08:20'), kept)).toBe(null)
    expect(lastVisit('a', at('12:00'), kept)).toBe(at('08:20').toISOString())
    expect(lastVisit('a', at('12:10'), kept)).toBe(at('08:20').toISOString())
    expect(lastVisit('b', at('12:10'), kept)).toBe(null)
    expect(lastVisit('', at('12:10'), kept)).toBe(null)
  })
  it('bears what somebody else wrote', () => {
    const kept = store()
    kept.setItem('wufei.visit.a', '{"last":')
    expect(lastVisit('a', at('08:00'), kept)).toBe(null)
    kept.setItem('wufei.visit.a', '{"last":"soon","since":null}')
    expect(lastVisit('a', at('09:00'), kept)).toBe(null)
  })
})
