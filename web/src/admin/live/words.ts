// Words for what the live part shows: lengths of time, speeds, distances, places, directions.
import type { Place } from '@/shared/api/live'
import { t, type Key } from '@/shared/i18n'
import { hoursMinutes } from '@/shared/lib/live/replay'
import { norm } from '@/shared/lib/live/motion'

export function duration(ms: number): string {
  if (ms < 60_000) return t('dur.seconds', { s: Math.max(0, Math.round(ms / 1000)) })
  const { hours, minutes } = hoursMinutes(ms)
  if (hours >= 48) return t('dur.days', { d: Math.floor(hours / 24), h: hours % 24 })
  return hours === 0 ? t('dur.minutes', { m: minutes }) : t('dur.hours', { h: hours, m: minutes })
}
export const since = (iso: string, now: number = Date.now()): string => duration(now - Date.parse(iso))
export const speed = (kmh: number): string => t('live.kmh', { v: Math.round(kmh) })
export const distance = (metres: number): string => (metres < 1000 ? t('live.metres', { v: Math.round(metres) }) : t('live.km', { v: (metres / 1000).toFixed(1) }))
const POINTS: Key[] = ['dir.n', 'dir.ne', 'dir.e', 'dir.se', 'dir.s', 'dir.sw', 'dir.w', 'dir.nw']
export const direction = (degrees: number): string => t(POINTS[Math.round(norm(degrees) / 45) % 8]!)

/** Micro-degrees as degrees with five places, about a metre; the point is moved, nothing is divided. */
export function place(lat_e6: number, lon_e6: number): string {
  const one = (e6: number): string => `${e6 < 0 ? '−' : ''}${Math.trunc(Math.abs(e6) / 1e6)}.${String(Math.abs(e6) % 1e6).padStart(6, '0').slice(0, 5)}`
  return `${one(lat_e6)}, ${one(lon_e6)}`
}

/** A place as the API takes it: an accuracy that is not known is left out. */
export const sendable = (one: Place | null): unknown => (one && one.accuracy_m === null ? { lat_e6: one.lat_e6, lon_e6: one.lon_e6 } : one)
