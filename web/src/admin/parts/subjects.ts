// Where a thing named by an event is shown, and names of people and organisations as they come.
import type { Ref as NamedRef } from '@/shared/api/types'

export function nameOf(value: NamedRef | { name: string | null } | string | { login?: string } | null | undefined): string {
  if (!value) return ''
  if (typeof value === 'string') return value
  if ('name' in value) return value.name ?? ''
  return 'login' in value ? (value.login ?? '') : ''
}

export function subjectLink(type: string, id: string): string | undefined {
  switch (type) {
    case 'lot':
      return `/lots/${id}`
    case 'manifest':
      return `/manifests/${id}`
    case 'warning':
      return `/warnings/${id}`
    case 'account':
      return `/access/accounts/${id}`
    default: {
      const entity = ENTITY[type] ?? type
      return Object.values(ENTITY).includes(entity) ? `/registry/${entity}/${id}` : undefined
    }
  }
}

/** Subject types of events (tables) and the registers that show them. */
const ENTITY: Record<string, string> = { org: 'orgs', site: 'sites', facility: 'facilities', licence: 'licences', vehicle: 'vehicles', crew: 'crew', plan: 'plans', approval: 'approvals', device: 'devices', zone: 'zones', camera: 'cameras' }
