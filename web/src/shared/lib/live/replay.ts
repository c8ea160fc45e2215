// A track played again: where the vehicle was at a moment, what lies on the line of time, and its days. Pure.
import type { Track, TrackPoint } from '@/shared/api/live'

export interface Moment { at: number; lat_e6: number; lon_e6: number; speed_kmh: number; heading: number; index: number; gap: boolean }
export interface Span { from: number; to: number }

export const spansOf = (list: { from: string; to: string }[]): Span[] => list.map((one) => ({ from: Date.parse(one.from), to: Date.parse(one.to) }))

/** Index of the last point at or before the moment; -1 before the first. */
export function indexAt(points: TrackPoint[], at: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (points[middle]![0] <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Where the vehicle was; in a gap it stays where it was last seen, and the answer says so. */
export function momentAt(points: TrackPoint[], gaps: Span[], at: number): Moment | null {
  if (points.length === 0) return null
  const index = Math.max(0, indexAt(points, at))
  const here = points[index]!
  const next = points[index + 1]
  const gap = gaps.some((one) => at > one.from && at < one.to)
  const seen = { at, speed_kmh: here[3] / 10, heading: here[4], index, gap }
  if (!next || gap || at <= here[0]) return { ...seen, lat_e6: here[1], lon_e6: here[2] }
  const share = (at - here[0]) / (next[0] - here[0])
  return { ...seen, lat_e6: here[1] + (next[1] - here[1]) * share, lon_e6: here[2] + (next[2] - here[2]) * share }
}

export interface Mark { kind: 'trip' | 'stop' | 'gap'; left: number; width: number; from: number; to: number }
export interface Pin { id: string; left: number; at: number; severity: string; rule: string }
export interface Timeline { from: number; to: number; marks: Mark[]; pins: Pin[]; ticks: { at: number; left: number }[] }

/** The line of time in shares of its width (0 to 1): drives, stops, gaps, warnings and round hours. */
export function timeline(track: Track, maxTicks = 8): Timeline {
  const first = track.points[0]?.[0] ?? Date.parse(track.from)
  const last = track.points.at(-1)?.[0] ?? Date.parse(track.to)
  const from = Math.min(first, last)
  const to = Math.max(first + 1, last)
  const share = (at: number): number => Math.min(1, Math.max(0, (at - from) / (to - from)))
  const mark = (kind: Mark['kind'], one: Span): Mark => ({ kind, left: share(one.from), width: Math.max(0, share(one.to) - share(one.from)), from: one.from, to: one.to })
  const spans = [...track.segments.map((one) => mark(one.kind, { from: Date.parse(one.from), to: Date.parse(one.to) })), ...spansOf(track.gaps).map((one) => mark('gap', one))]
  return {
    from, to,
    marks: spans.filter((one) => one.width > 0).sort((a, b) => a.from - b.from),
    pins: track.warnings.map((one) => ({ id: one.id, left: share(Date.parse(one.at)), at: Date.parse(one.at), severity: one.severity, rule: one.rule })).sort((a, b) => a.at - b.at),
    ticks: ticks(from, to, maxTicks).map((at) => ({ at, left: share(at) })),
  }
}

const STEPS = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => minutes * 60_000)
/** Round moments between the two, at most so many. Zones of whole hours are assumed for what counts as round. */
export function ticks(from: number, to: number, most: number): number[] {
  const step = STEPS.find((one) => (to - from) / one <= most) ?? STEPS.at(-1)!
  const out: number[] = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) out.push(at)
  return out
}

/** The next moment of the player: real milliseconds times speed, never past the end; gaps are skipped. */
export function advance(at: number, elapsed: number, speed: number, gaps: Span[], end: number): number {
  const next = at + elapsed * speed
  const gap = gaps.find((one) => next > one.from && next < one.to)
  return Math.min(end, gap ? gap.to : next)
}

/** Metres along a drive or standing minutes of a stop, summed. */
export function totals(track: Track): { metres: number; moving_ms: number; stopped_ms: number; stops: number } {
  const out = { metres: 0, moving_ms: 0, stopped_ms: 0, stops: 0 }
  for (const one of track.segments) {
    const length = Date.parse(one.to) - Date.parse(one.from)
    if (one.kind === 'trip') {
      out.metres += one.metres
      out.moving_ms += length
    } else {
      out.stopped_ms += length
      out.stops += 1
    }
  }
  return out
}

/** Hours and minutes of a length of time. */
export function hoursMinutes(ms: number): { hours: number; minutes: number } {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60 }
}
