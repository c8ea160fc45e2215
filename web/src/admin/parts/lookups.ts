// Choices for forms: sites, facilities, waste codes, methods and other code tables. Code tables are kept
// for the visit; the registry is asked again, because it changes.
import { get } from '@/shared/api/client'
import type { CatalogueOptions, Option, Page, RegistryRecord, WasteCode } from '@/shared/api/types'
import { lang, pick } from '@/shared/i18n'
import type { ComboOption } from '@/shared/ui/WCombo.vue'

let options: Promise<CatalogueOptions> | null = null
export function catalogueOptions(): Promise<CatalogueOptions> {
  options ??= get<CatalogueOptions>('/catalogue/options').catch((error: unknown) => {
    options = null
    throw error
  })
  return options
}

export function toChoices(list: Option[] | undefined): { value: string; label: string }[] {
  return (list ?? []).map((one) => ({ value: one.code, label: pick(one) || one.code }))
}

interface Method { code: string; zh?: string; en?: string; name?: string }
let methods: Promise<Method[]> | null = null
export function treatmentMethods(): Promise<Method[]> {
  methods ??= get<Page<Method> | Method[]>('/catalogue/methods', { limit: 200 })
    .then((value) => (Array.isArray(value) ? value : value.items))
    .catch((error: unknown) => {
      methods = null
      throw error
    })
  return methods
}
export function methodChoices(list: Method[]): { value: string; label: string }[] {
  return list.map((one) => ({ value: one.code, label: `${one.code} ${methodName(one)}`.trim() }))
}
export function methodName(one: Method): string {
  return (lang.value === 'en' ? one.en || one.zh : one.zh || one.en) ?? one.name ?? ''
}

export async function findWasteCodes(q: string, limit = 30): Promise<WasteCode[]> {
  return (await get<Page<WasteCode>>('/catalogue/waste-codes', { q, limit })).items
}
export async function wasteCodeCombo(q: string): Promise<ComboOption[]> {
  return (await findWasteCodes(q)).map((one) => ({ value: one.code, label: `${one.code} ${one.description}`.slice(0, 90), hint: `${one.category} ${one.category_name} · ${one.industry}` }))
}

export async function records(entity: string, query: Record<string, string | undefined> = {}): Promise<RegistryRecord[]> {
  return (await get<Page<RegistryRecord>>(`/registry/${entity}`, { status: 'active', limit: 200, ...query })).items
}
export function recordCombo(entity: string): (q: string) => Promise<ComboOption[]> {
  return async (q) =>
    (await get<Page<RegistryRecord>>(`/registry/${entity}`, { q, limit: 30, status: 'active' })).items.map((one) => ({
      value: one.id,
      label: one.title,
      ...(one.org && one.org.name !== one.title ? { hint: one.org.name } : {}),
    }))
}

export interface Facility { id: string; siteId: string; code: string; name: string; kind: string; accepts: string[] }
export async function facilities(orgId?: string): Promise<Facility[]> {
  return (await records('facilities', { org_id: orgId })).map((one) => ({
    id: one.id,
    siteId: String(one.row['site_id'] ?? ''),
    code: String(one.row['code'] ?? ''),
    name: String(one.row['name'] ?? one.title),
    kind: String(one.row['kind'] ?? ''),
    accepts: Array.isArray(one.row['accepts']) ? one.row['accepts'].map(String) : [],
  }))
}
export function facilityChoices(list: Facility[], siteId: string | null, kinds: string[]): { value: string; label: string }[] {
  return list
    .filter((one) => (!siteId || one.siteId === siteId) && kinds.includes(one.kind))
    .map((one) => ({ value: one.id, label: `${one.code} ${one.name}` }))
}
