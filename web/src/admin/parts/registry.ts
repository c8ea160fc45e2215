// Descriptors of the registers, and how their cells are written for people.
import { get } from '@/shared/api/client'
import type { Cell, RegistryDescriptor, RegistryField, RegistryRecord } from '@/shared/api/types'
import { joinWords, pick, t } from '@/shared/i18n'
import { formatMass } from '@/shared/lib/mass'

let held: { who: string; list: Promise<RegistryDescriptor[]> } | null = null
/** The descriptors as this caller sees them; asked again when somebody else signs in. */
export function descriptors(who: string): Promise<RegistryDescriptor[]> {
  if (held?.who !== who) {
    held = { who, list: get<RegistryDescriptor[]>('/registry').catch((error: unknown) => {
      held = null
      throw error
    }) }
  }
  return held.list
}

export function cellText(field: RegistryField, value: Cell | undefined, record?: RegistryRecord): string {
  if (value === null || value === undefined || value === '') return '—'
  if (field.type === 'mass_t' && typeof value === 'number') return `${formatMass(value, 't')} t`
  if (field.type === 'coordinates' && typeof value === 'number') return degrees(value)
  if (field.type === 'bool') return t(value ? 'common.yes' : 'common.no')
  if (field.type === 'ref') return record?.refs?.[field.key]?.name ?? String(value)
  if (field.enum && !Array.isArray(value)) return word(field, String(value))
  if (Array.isArray(value)) {
    if (field.items === 'lines') return t('reg.lines', { count: value.length })
    return value.length === 0 ? '—' : joinWords(value.map((one) => (field.enum ? word(field, String(one)) : String(one))))
  }
  return String(value)
}

function word(field: RegistryField, code: string): string {
  const found = field.enum?.find((one) => one.code === code)
  return found ? pick(found) : code
}

/** Micro-degrees as a decimal, by moving the point. */
export function degrees(micro: number): string {
  const digits = String(Math.abs(micro)).padStart(7, '0')
  return `${micro < 0 ? '−' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}°`
}
