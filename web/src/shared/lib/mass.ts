// Mass as whole grams. For everything that shows or reads a quantity. Text is turned into grams and
// back by moving the decimal point in the string: a float must never touch a quantity.

export type MassUnit = 'g' | 'kg' | 't'

/** Decimal places between a unit and the gram. */
const PLACES: Record<MassUnit, number> = { g: 0, kg: 3, t: 6 }

/** Largest mass accepted from a person: 10 million tonnes, far below 2^53 grams. */
export const MAX_GRAMS = 10_000_000_000_000

export type MassError = 'empty' | 'not_a_number' | 'too_precise' | 'negative' | 'too_large'
export type MassResult = { ok: true; grams: number } | { ok: false; error: MassError }

/** Reads `"1,234.5"` in the given unit as exact grams. Full-width digits and points are understood. */
export function parseMass(text: string, unit: MassUnit): MassResult {
  const plain = text
    .normalize('NFKC')
    .replace(/[,\s_]/g, '')
    .replace(/。/g, '.')
  if (plain === '') return { ok: false, error: 'empty' }
  if (/^-/.test(plain)) return { ok: false, error: 'negative' }
  const match = /^\+?(\d*)(?:\.(\d*))?$/.exec(plain)
  if (!match || (match[1] === '' && (match[2] ?? '') === '')) return { ok: false, error: 'not_a_number' }
  const places = PLACES[unit]
  const fraction = (match[2] ?? '').replace(/0+$/, '')
  if (fraction.length > places) return { ok: false, error: 'too_precise' }
  const digits = `${match[1]}${fraction.padEnd(places, '0')}`.replace(/^0+(?=\d)/, '')
  if (digits.length > 15) return { ok: false, error: 'too_large' }
  const grams = digits === '' ? 0 : Number(digits)
  if (grams > MAX_GRAMS) return { ok: false, error: 'too_large' }
  return { ok: true, grams }
}

/**
 * Grams as a decimal of the unit, exact, with thousands separators. `min` decimal places are always
 * shown, so that columns line up; more follow only when the gram needs them.
 */
export function formatMass(grams: number, unit: MassUnit, min = unit === 't' ? 3 : 0): string {
  if (!Number.isSafeInteger(grams)) return '—'
  const places = PLACES[unit]
  const negative = grams < 0
  const digits = String(Math.abs(grams)).padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  let fraction = digits.slice(digits.length - places)
  while (fraction.length > min && fraction.endsWith('0')) fraction = fraction.slice(0, -1)
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${negative ? '−' : ''}${grouped}${fraction === '' ? '' : `.${fraction}`}`
}

/** The value for an input field: no separators, no trailing zeros. */
export function massForInput(grams: number, unit: MassUnit): string {
  return formatMass(grams, unit, 0).replace(/,/g, '').replace('−', '-')
}

/** The unit in which a person reads this amount most easily. */
export function naturalUnit(grams: number): MassUnit {
  return Math.abs(grams) >= 1_000_000 ? 't' : 'kg'
}

/** Exact sum; refuses to leave the range in which integers are exact. */
export function sumGrams(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) {
    sum += value
    if (!Number.isSafeInteger(sum)) throw new RangeError('mass out of range')
  }
  return sum
}
