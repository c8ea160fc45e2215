import { describe, expect, it } from 'vitest'
import { groupLines, lineMass, uncovered } from '@/admin/parts/lines'
import type { Lot } from '@/shared/api/types'
import { groupContainer, readScan, shortContainer } from '@/shared/lib/codes'
import { isTyping, nextIndex } from '@/shared/lib/keylist'
import { layerNodes } from '@/shared/lib/layers'
import { fromLocalInput, monthFromNow, toLocalInput, today } from '@/shared/lib/time'

const CODE = '91320281MA1NQWAN0A9002521220261124001'

describe('keyboard list', () => {
  it('moves with j, k, arrows, Home and End and stays inside', () => {
    expect(nextIndex('j', -1, 3)).toBe(0)
    expect(nextIndex('ArrowDown', 2, 3)).toBe(2)
    expect(nextIndex('k', 0, 3)).toBe(0)
    expect(nextIndex('ArrowUp', 2, 3)).toBe(1)
    expect(nextIndex('Home', 2, 3)).toBe(0)
    expect(nextIndex('End', 0, 3)).toBe(2)
    expect(nextIndex('x', 1, 3)).toBeNull()
    expect(nextIndex('j', 0, 0)).toBeNull()
  })
  it('leaves keys to what is typed in', () => {
    const inside = { closest: () => ({}) } as unknown as EventTarget
    const outside = { closest: () => null } as unknown as EventTarget
    expect(isTyping(inside)).toBe(true)
    expect(isTyping(outside)).toBe(false)
    expect(isTyping(null)).toBe(false)
  })
})

describe('codes', () => {
  it('reads containers, manifests, attestations and numbers from what a scanner gives', () => {
    expect(readScan(CODE)).toEqual({ kind: 'container', code: CODE })
    expect(readScan(`http://192.168.1.20:8320/label/${CODE}`)).toEqual({ kind: 'container', code: CODE })
    expect(readScan(groupContainer(CODE))).toEqual({ kind: 'container', code: CODE })
    const id = '0193a000-1111-7000-8000-000000000001'
    expect(readScan(`https://city.example/m/${id}`)).toEqual({ kind: 'manifest', id })
    const code = `wufei1.${id}.3.${'ab'.repeat(32)}.1790000000.${'A_-'.repeat(28)}`
    expect(readScan(code)).toEqual({ kind: 'attest', code, manifest: id })
    expect(readScan(`https://city.example/m/${id}?attest=${code}`)).toEqual({ kind: 'attest', code, manifest: id })
    expect(readScan('20263202000001')).toEqual({ kind: 'manifest_number', number: '20263202000001' })
    expect(readScan('hello')).toEqual({ kind: 'unknown', text: 'hello' })
  })
  it('shows the tail of a container code', () => {
    expect(shortContainer(CODE)).toBe('…20261124-001')
    expect(shortContainer(null)).toBe('—')
  })
})

describe('time', () => {
  it('turns civil time of the zone into UTC and back', () => {
    expect(fromLocalInput('2026-11-24T13:47', 'Asia/Shanghai')).toBe('2026-11-24T05:47:00.000Z')
    expect(toLocalInput(new Date('2026-11-24T05:47:00Z'), 'Asia/Shanghai')).toBe('2026-11-24T13:47')
    expect(fromLocalInput('2026-07-01T12:00', 'Europe/Berlin')).toBe('2026-07-01T10:00:00.000Z')
    expect(fromLocalInput('rubbish')).toBeNull()
  })
  it('counts months in the zone', () => {
    expect(today(new Date('2026-12-31T17:00:00Z'))).toBe('2027-01-01')
    expect(monthFromNow(-1, new Date('2026-12-31T17:00:00Z'))).toBe('2026-12')
  })
})

describe('trace layers', () => {
  it('place everything right of what flows into it', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }))
    const edges = [['a', 'c'], ['b', 'c'], ['c', 'd'], ['b', 'd'], ['d', 'e']].map(([from, to]) => ({ from: from!, to: to! }))
    const at = new Map(layerNodes(nodes, edges).map((one) => [one.id, one]))
    for (const edge of edges) expect(at.get(edge.from)!.layer).toBeLessThan(at.get(edge.to)!.layer)
    expect(new Set([...at.values()].map((one) => `${one.layer}/${one.row}`)).size).toBe(5)
  })
  it('survive cycles, unknown ends and emptiness', () => {
    expect(layerNodes([], [])).toEqual([])
    expect(layerNodes([{ id: 'a' }, { id: 'b' }], [{ from: 'a', to: 'b' }, { from: 'b', to: 'a' }, { from: 'x', to: 'a' }])).toHaveLength(2)
  })
})

describe('manifest lines', () => {
  const lot = (id: string, waste_code: string, remaining_g: number): Lot => ({ id, waste_code, remaining_g, name: 'n', form: 'liquid', packaging: 'drum', traits: ['T'] }) as unknown as Lot
  it('gather containers of one waste and keep what was typed', () => {
    const first = groupLines([lot('1', '900-252-12', 10), lot('2', '900-252-12', 5)], [])
    first[0]!.method_code = 'D10'
    const second = groupLines([lot('1', '900-252-12', 10), lot('3', '900-041-49', 7)], first)
    expect(second.map((line) => [line.waste_code, line.method_code, lineMass(line)])).toEqual([['900-252-12', 'D10', 10], ['900-041-49', '', 7]])
  })
  it('say which codes a licence lacks', () => {
    expect(uncovered(['900-252-12', '900-041-49'], ['HW12'])).toEqual(['900-041-49'])
    expect(uncovered(['900-252-12'], ['900-252-12'])).toEqual([])
    expect(uncovered(['900-252-12'], [])).toEqual(['900-252-12'])
  })
})
