// Times of the API are RFC 3339 in UTC; people read and type civil time of the city's zone.
// Everything here takes the zone as an argument or from `setZone`, never from the browser.
import { shallowRef } from 'vue'

const zone = shallowRef('Asia/Shanghai')

export function setZone(name: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    zone.value = name
  } catch {
    // An unknown zone in the profile must not blank the page: the default stays.
  }
}

export function cityZone(): string {
  return zone.value
}

interface Civil {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function civil(at: Date, name: string): Civil {
  let formatter = formatters.get(name)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formatters.set(name, formatter)
  }
  const parts = Object.fromEntries(formatter.formatToParts(at).map((part) => [part.type, part.value]))
  return {
    year: Number(parts['year']),
    month: Number(parts['month']),
    day: Number(parts['day']),
    hour: Number(parts['hour']),
    minute: Number(parts['minute']),
    second: Number(parts['second']),
  }
}

const two = (value: number): string => String(value).padStart(2, '0')

function dateOf(value: Civil): string {
  return `${value.year}-${two(value.month)}-${two(value.day)}`
}

/** `2026-11-24 13:47` in the city's zone. */
export function dateTime(iso: string | null | undefined): string {
  if (!iso) return '—'
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  const value = civil(at, zone.value)
  return `${dateOf(value)} ${two(value.hour)}:${two(value.minute)}`
}

/** `13:47:05` in the city's zone, for what changes every second. */
export function clock(iso: string | number | null | undefined): string {
  if (iso === null || iso === undefined || iso === '') return '—'
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return String(iso)
  const value = civil(at, zone.value)
  return `${two(value.hour)}:${two(value.minute)}:${two(value.second)}`
}

/** `2026-11-24` in the city's zone; a civil date passes through. */
export function dateOnly(iso: string | null | undefined): string {
  if (!iso) return '—'
  if (/^\d{4}-\d{2}-\d{2}$/.test(iso)) return iso
  const at = new Date(iso)
  return Number.isNaN(at.getTime()) ? iso : dateOf(civil(at, zone.value))
}

/** Value for `<input type="datetime-local">`. */
export function toLocalInput(at: Date, name: string = zone.value): string {
  const value = civil(at, name)
  return `${dateOf(value)}T${two(value.hour)}:${two(value.minute)}`
}

/** The instant that a `datetime-local` value means in the zone; null when it is not a time. */
export function fromLocalInput(text: string, name: string = zone.value): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text)
  if (!match) return null
  const wanted = Date.UTC(
    Number(match[1]), Number(match[2]) - 1, Number(match[3]),
    Number(match[4]), Number(match[5]), Number(match[6] ?? 0),
  )
  if (Number.isNaN(wanted)) return null
  let guess = wanted
  // Two rounds settle every zone, also beside a change of summer time.
  for (let round = 0; round < 2; round += 1) {
    const seen = civil(new Date(guess), name)
    const shown = Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute, seen.second)
    guess += wanted - shown
  }
  return new Date(guess).toISOString()
}

/** Today's civil date in the city. */
export function today(now: Date = new Date()): string {
  return dateOf(civil(now, zone.value))
}

/** The month `count` months from this one, `YYYY-MM`. */
export function monthFromNow(count: number, now: Date = new Date()): string {
  const value = civil(now, zone.value)
  const months = value.year * 12 + (value.month - 1) + count
  return `${Math.floor(months / 12)}-${two((months % 12) + 1)}`
}

/** The month before `YYYY-MM`. */
export function monthBefore(month: string): string {
  const [year, number] = month.split('-').map(Number)
  const months = (year ?? 2000) * 12 + (number ?? 1) - 2
  return `${Math.floor(months / 12)}-${two((months % 12) + 1)}`
}

/** Whole days from now until the instant; negative when past. */
export function daysUntil(iso: string, now: Date = new Date()): number {
  return Math.floor((new Date(iso).getTime() - now.getTime()) / 86_400_000)
}
