// Descriptors of the registers, and how their cells are written for people.
import { shallowRef } from 'vue'
import { get } from '@/shared/api/client'
import type { Cell, Page, RegistryDescriptor, RegistryField, RegistryRecord } from '@/shared/api/types'
import { joinWords, pick, t } from '@/shared/i18n'
import { formatMass } from '@/shared/lib/mass'

/** Names of towns by code, for cells; filled when the first register is opened. */
const towns = shallowRef<Map<string, string>>(new Map())
async function loadTowns(): Promise<void> {
  if (towns.value.size > 0) return
  const page = await get<Page<{ code: string; name: string }>>('/catalogue/divisions', { level: 'town' }).catch(() => null)
  if (page) towns.value = new Map(page.items.map((one) => [one.code, one.name]))
}

let held: { who: string; list: Promise<RegistryDescriptor[]> } | null = null
/** The descriptors as this caller sees them; asked again when somebody else signs in. */
export function descriptors(who: string): Promise<RegistryDescriptor[]> {
  void loadTowns()
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
  if (field.code === 'division') return towns.value.get(String(value)) ?? String(value)
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
