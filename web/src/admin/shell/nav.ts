// The navigation, by permission. One list for side bar and phone menu.
import { computed } from 'vue'
import type { Key } from '@/shared/i18n'
import type { IconName } from '@/shared/ui/icons'
import { can, me } from '../session'

export interface NavItem { section: string; to: string; label: Key; icon: IconName; need?: string[] }
export interface NavGroup { label: Key | null; items: NavItem[] }

const GROUPS: NavGroup[] = [
  {
    label: null,
    items: [
      { section: 'workbench', to: '/', label: 'nav.workbench', icon: 'home' },
      { section: 'screen', to: '/screen', label: 'nav.screen', icon: 'screen', need: ['city_read'] },
      { section: 'scan', to: '/scan', label: 'nav.scan', icon: 'scan', need: ['stock_read', 'manifest_read'] },
    ],
  },
  {
    label: 'nav.group.ledger',
    items: [
      { section: 'generate', to: '/generate', label: 'nav.generate', icon: 'plus', need: ['generation_write'] },
      { section: 'stock', to: '/stock', label: 'nav.stock', icon: 'boxes', need: ['stock_read'] },
      { section: 'treat', to: '/treat', label: 'nav.treat', icon: 'flame', need: ['treatment_write'] },
      { section: 'ledger', to: '/ledger/entries', label: 'nav.ledger', icon: 'book', need: ['stock_read'] },
      { section: 'trace', to: '/trace', label: 'nav.trace', icon: 'trace', need: ['trace_read'] },
    ],
  },
  {
    label: 'nav.group.transfer',
    items: [{ section: 'manifests', to: '/manifests', label: 'nav.manifests', icon: 'truck', need: ['manifest_read'] }],
  },
  {
    label: 'nav.group.live',
    items: [
      { section: 'map', to: '/map', label: 'nav.map', icon: 'map', need: ['live_read'] },
      { section: 'warnings', to: '/warnings', label: 'nav.warnings', icon: 'bell', need: ['warning_read'] },
      { section: 'check', to: '/check', label: 'nav.check', icon: 'shield', need: ['roadside_check'] },
      { section: 'devices', to: '/devices', label: 'nav.devices', icon: 'signal', need: ['device_health_read'] },
      { section: 'cameras', to: '/cameras', label: 'nav.cameras', icon: 'camera', need: ['warning_read', 'video_event_write', 'video_verify'] },
      { section: 'warning-rules', to: '/warning-rules', label: 'nav.warning_rules', icon: 'scale', need: ['warning_read'] },
    ],
  },
  {
    label: 'nav.group.governance',
    items: [{ section: 'programme', to: '/programme', label: 'nav.programme', icon: 'list', need: ['programme_read'] },
      { section: 'indicators', to: '/indicators', label: 'nav.indicators', icon: 'scale', need: ['indicator_read'] },
      { section: 'values', to: '/indicators/values', label: 'nav.values', icon: 'pen', need: ['indicator_fill', 'indicator_review', 'indicator_approve'] },
      { section: 'reports', to: '/reports', label: 'nav.reports', icon: 'doc', need: ['report_make'] }],
  },
  {
    label: 'nav.group.base',
    items: [
      { section: 'registry', to: '/registry', label: 'nav.registry', icon: 'building', need: ['registry_read', 'directory_read'] },
      { section: 'catalogue', to: '/catalogue', label: 'nav.catalogue', icon: 'table', need: ['catalogue_read'] },
    ],
  },
  {
    label: 'nav.group.trust',
    items: [
      { section: 'access', to: '/access/accounts', label: 'nav.access', icon: 'users', need: ['account_read', 'delegation_manage'] },
      { section: 'audit', to: '/audit', label: 'nav.audit', icon: 'list', need: ['audit_read'] },
      { section: 'proof', to: '/proof', label: 'nav.proof', icon: 'shield', need: ['proof_read'] },
    ],
  },
]

export const nav = computed<NavGroup[]>(() => {
  if (!me.value) return []
  return GROUPS.map((group) => ({ ...group, items: group.items.filter((item) => !item.need || can(...item.need)) })).filter((group) => group.items.length > 0)
})
