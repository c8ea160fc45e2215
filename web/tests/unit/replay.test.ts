import { describe, expect, it } from 'vitest'
import type { Track, TrackPoint } from '@/shared/api/live'
import { advance, hoursMinutes, indexAt, momentAt, spansOf, ticks, timeline, totals } from '@/shared/lib/live/replay'

const START = Date.UTC(2026, 10, 24, 0, 0, 0)
const M = (minutes: number): number => START + minutes * 60_000
const iso = (minutes: number): string => new Date(M(minutes)).toISOString()
const points: TrackPoint[] = [[M(0), 31_000_000, 120_000_000, 300, 90], [M(10), 31_000_000, 120_100_000, 400, 90], [M(40), 31_100_000, 120_100_000, 0, 0], [M(60), 31_100_000, 120_200_000, 350, 90]]
const track: Track = {
  vehicle_id: 'v', plate: 'p', from: iso(0), to: iso(60), points, total_points: 4, simplified: false,
  segments: [{ kind: 'trip', from: iso(0), to: iso(10), metres: 9_500, lat_e6: null, lon_e6: null }, { kind: 'stop', from: iso(40), to: iso(50), metres: 0, lat_e6: 31_100_000, lon_e6: 120_100_000 }, { kind: 'trip', from: iso(50), to: iso(60), metres: 9_400, lat_e6: null, lon_e6: null }],
  gaps: [{ from: iso(10), to: iso(40) }],
  warnings: [{ id: 'w', rule: 'long_stop', at: iso(45), lat_e6: null, lon_e6: null, severity: 'medium' }],
}
const gaps = spansOf(track.gaps)

describe('replay', () => {
  it('finds the point at or before a moment', () => {
    expect([M(-1), M(0), M(5), M(10), M(99)].map((at) => indexAt(points, at))).toEqual([-1, 0, 0, 1, 3])
  })
  it('interpolates between points and stays put in a gap', () => {
    expect(momentAt(points, gaps, M(5))).toMatchObject({ lat_e6: 31_000_000, lon_e6: 120_050_000, speed_kmh: 30, gap: false })
    expect(momentAt(points, gaps, M(25))).toMatchObject({ lat_e6: 31_000_000, lon_e6: 120_100_000, gap: true })
    expect(momentAt(points, gaps, M(-9))).toMatchObject({ lon_e6: 120_000_000 })
    expect(momentAt(points, gaps, M(999))).toMatchObject({ lon_e6: 120_200_000 })
    expect(momentAt([], gaps, M(0))).toBeNull()
  })
  it('lays drives, stops, gaps and warnings on the line of time', () => {
    const line = timeline(track)
    expect([line.from, line.to]).toEqual([M(0), M(60)])
    expect(line.marks.map((one) => one.kind)).toEqual(['trip', 'gap', 'stop', 'trip'])
    expect(line.marks.reduce((sum, one) => sum + one.width, 0)).toBeCloseTo(1)
    expect(line.pins).toEqual([{ id: 'w', left: 0.75, at: M(45), severity: 'medium', rule: 'long_stop' }])
    expect(line.ticks.map((one) => one.at)).toEqual([M(0), M(10), M(20), M(30), M(40), M(50), M(60)])
  })
  it('has no more ticks than there is room', () => {
    for (const hours of [1, 5, 24, 100, 168]) expect(ticks(START, START + hours * 3_600_000, 8).length).toBeLessThanOrEqual(9)
  })
  it('plays at its speed, skips gaps and ends at the end', () => {
    expect(advance(M(0), 1000, 60, gaps, M(60))).toBe(M(1))
    expect(advance(M(9.9), 1000, 60, gaps, M(60))).toBe(M(40))
    expect(advance(M(59.5), 1000, 60, gaps, M(60))).toBe(M(60))
  })
  it('sums what was driven and what was waited', () => {
    expect(totals(track)).toEqual({ metres: 18_900, moving_ms: 20 * 60_000, stopped_ms: 10 * 60_000, stops: 1 })
    expect(hoursMinutes(3_660_000)).toEqual({ hours: 1, minutes: 1 })
  })
})
