// Values of the four lists as people read them. Figures are exact texts and are never made floating-point numbers.
import { tEnum } from '@/shared/i18n'

/** A figure with its unit; percent stands at the number, other units after a space. */
export function amount(value: string, unit: string | null): string {
  if (!unit) return value
  return unit === '%' ? `${value}%` : `${value} ${unit}`
}

const SIGNS: Record<string, string> = { at_least: '≥', at_most: '≤' }

/** A target with its bound as a sign, or as a word where there is none. */
export function bounded(bound: string | null, value: string, unit: string | null): string {
  const text = amount(value, unit)
  if (!bound) return text
  return SIGNS[bound] ? `${SIGNS[bound]} ${text}` : `${tEnum('bound', bound)} ${text}`
}
