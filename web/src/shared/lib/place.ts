// Where the phone is, asked for once and only when the person taps for it.
import type { Place } from '@/shared/api/live'

export type PlaceFault = 'denied' | 'failed'

export function locate(): Promise<Place | PlaceFault> {
  return new Promise((done) => {
    if (!('geolocation' in navigator)) return done('failed')
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ lat_e6: Math.round(coords.latitude * 1e6), lon_e6: Math.round(coords.longitude * 1e6), accuracy_m: Number.isFinite(coords.accuracy) ? Math.round(coords.accuracy) : null }),
      (error) => done(error.code === error.PERMISSION_DENIED ? 'denied' : 'failed'),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 },
    )
  })
}

/** Micro-degrees as degrees with five places (about a metre), without a float in between. */
export function degrees(e6: number): string {
  const whole = Math.trunc(e6 / 1e6)
  const rest = String(Math.abs(e6 % 1e6)).padStart(6, '0').slice(0, 5)
  return `${e6 < 0 && whole === 0 ? '-' : ''}${whole}.${rest}`
}
