import { describe, expect, it } from 'vitest'
import { classes, classOf, place } from '@/shared/lib/sankey'

const nodes = [
  { id: 's:a', column: 0, mass_g: 700 }, { id: 's:b', column: 0, mass_g: 300 },
  { id: 'c:x', column: 1, mass_g: 600 }, { id: 'c:y', column: 1, mass_g: 400 },
]
const bands = [
  { from: 's:a', to: 'c:x', mass_g: 500 }, { from: 's:a', to: 'c:y', mass_g: 200 },
  { from: 's:b', to: 'c:x', mass_g: 100 }, { from: 's:b', to: 'c:y', mass_g: 200 },
]
const room = { width: 400, height: 200, knot: 10, gap: 8, least: 2 }

describe('a flow', () => {
  it('keeps every knot inside the room and apart from the next', () => {
    const { nodes: placed } = place(nodes, bands, room)
    for (const one of placed) {
      expect(one.y).toBeGreaterThanOrEqual(0)
      expect(one.y + one.height).toBeLessThanOrEqual(200.001)
    }
    const left = placed.filter((one) => one.node.column === 0)
    expect(left[1]!.y - (left[0]!.y + left[0]!.height)).toBeGreaterThanOrEqual(8)
    expect(placed.find((one) => one.node.id === 'c:y')!.x).toBe(390)
  })
  it('draws heights in proportion, and bands as wide as what they carry', () => {
    const { nodes: placed, bands: drawn } = place(nodes, bands, room)
    const height = (id: string): number => placed.find((one) => one.node.id === id)!.height - room.least
    expect(height('s:a') / height('s:b')).toBeCloseTo(7 / 3)
    const widths = drawn.filter((one) => one.band.from === 's:a').map((one) => one.width)
    expect(widths).toHaveLength(2)
    expect(drawn.every((one) => !one.path.includes('NaN'))).toBe(true)
  })
  it('bears an empty flow, a band to nowhere and a room that is too small', () => {
    expect(place([], [], room)).toEqual({ nodes: [], bands: [] })
    expect(place(nodes, [{ from: 's:a', to: 'gone', mass_g: 1 }], room).bands).toEqual([])
    expect(place(nodes, bands, { ...room, height: 4 }).bands.every((one) => !one.path.includes('NaN'))).toBe(true)
  })
})

describe('classes of a map', () => {
  it('part the values about evenly', () => {
    const limits = classes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5)
    expect(limits).toEqual([3, 5, 7, 9])
    expect([1, 3, 10].map((one) => classOf(one, limits))).toEqual([0, 1, 4])
  })
  it('are fewer when there are fewer values', () => {
    expect(classes([], 5)).toEqual([])
    expect(classes([0, 0, 0], 5)).toEqual([])
    expect(classes([0, 0, 7], 5)).toEqual([7])
  })
})
