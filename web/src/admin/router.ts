// Addresses of the admin entry. Each page is a chunk of its own; `need` names permissions of which one
// must be held, so that a page that can only fail is not offered.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { addTexts } from '@/shared/i18n'
import { addIndicatorTexts } from './indicators/texts'
import { liveTexts } from './live/texts'
import { programmeTexts } from './programme/texts'
import { reportTexts } from './report'
import { screenTexts } from './screen/texts'
import { can, loadMe, me } from './session'

declare module 'vue-router' {
  interface RouteMeta { open?: boolean; need?: string[]; section?: string }
}

const page = (path: string, name: string, component: () => Promise<unknown>, section: string, need: string[] = []): RouteRecordRaw =>
  ({ path, name, component, meta: { section, need } }) as RouteRecordRaw

/** A page of the live part: its texts come with it. */
const live = (path: string, name: string, component: () => Promise<unknown>, section: string, need: string[]): RouteRecordRaw =>
  page(path, name, () => Promise.all([component(), addTexts(liveTexts)]).then(([found]) => found), section, need)

/** A page of the four lists, with its texts. */
const programme = (path: string, name: string, component: () => Promise<unknown>, need: string[]): RouteRecordRaw =>
  page(path, name, () => Promise.all([component(), addTexts(programmeTexts)]).then(([found]) => found), 'programme', need)

/** A page of the indicators, with its texts. */
const indicators = (path: string, name: string, component: () => Promise<unknown>, section: string, need: string[]): RouteRecordRaw =>
  page(path, name, () => Promise.all([component(), addIndicatorTexts()]).then(([found]) => found), section, need)
/** A page of reports: its texts come with it. */
const report = (path: string, name: string, component: () => Promise<unknown>): RouteRecordRaw =>
  page(path, name, () => Promise.all([component(), addTexts(reportTexts)]).then(([found]) => found), 'reports', ['report_make'])

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignIn.vue'), meta: { open: true } },
  { path: '/m/:id', name: 'landing-manifest', component: () => import('./pages/LandingManifest.vue'), meta: { open: true } },
  { path: '/label/:code', name: 'landing-label', component: () => import('./pages/LandingLabel.vue'), meta: { open: true } },
  { path: '/screen', name: 'screen', component: () => Promise.all([import('./pages/screen/Screen.vue'), addTexts(liveTexts), addTexts(screenTexts)]).then(([found]) => found), meta: { section: 'screen', need: ['city_read'] } },
  {
    path: '/',
    component: () => import('./shell/AppShell.vue'),
    children: [
      page('', 'workbench', () => import('./pages/Workbench.vue'), 'workbench'),
      page('generate', 'generate', () => import('./pages/ledger/Generate.vue'), 'generate', ['generation_write']),
      page('scan', 'scan', () => import('./pages/ledger/Scan.vue'), 'scan'),
      page('stock', 'stock', () => import('./pages/ledger/Stock.vue'), 'stock', ['stock_read']),
      page('lots', 'lots', () => import('./pages/ledger/Lots.vue'), 'stock', ['stock_read']),
      page('lots/:id', 'lot', () => import('./pages/ledger/Lot.vue'), 'stock', ['stock_read']),
      page('storage/in', 'storage-in', () => import('./pages/ledger/StorageMove.vue'), 'stock', ['storage_write']),
      page('storage/out', 'storage-out', () => import('./pages/ledger/StorageMove.vue'), 'stock', ['storage_write']),
      page('repack', 'repack', () => import('./pages/ledger/Repack.vue'), 'stock', ['storage_write']),
      page('treat', 'treat', () => import('./pages/ledger/Treat.vue'), 'treat', ['treatment_write']),
      page('ledger/entries', 'entries', () => import('./pages/ledger/Entries.vue'), 'ledger', ['stock_read']),
      page('ledger/registers/:table?', 'registers', () => import('./pages/ledger/Registers.vue'), 'ledger', ['stock_read']),
      page('ledger/balance', 'balance', () => import('./pages/ledger/Balance.vue'), 'ledger', ['stock_read']),
      page('trace/:id?', 'trace', () => import('./pages/ledger/Trace.vue'), 'trace', ['trace_read']),
      page('manifests', 'manifests', () => import('./pages/transfer/Manifests.vue'), 'manifests', ['manifest_read']),
      page('manifests/new', 'manifest-new', () => import('./pages/transfer/ManifestForm.vue'), 'manifests', ['manifest_draft']),
      page('manifests/:id', 'manifest', () => import('./pages/transfer/Manifest.vue'), 'manifests', ['manifest_read']),
      page('manifests/:id/edit', 'manifest-edit', () => import('./pages/transfer/ManifestForm.vue'), 'manifests', ['manifest_draft']),
      page('manifests/:id/carrier', 'manifest-carrier', () => import('./pages/transfer/CarrierPart.vue'), 'manifests', ['manifest_carrier_write']),
      page('manifests/:id/receiver', 'manifest-receiver', () => import('./pages/transfer/ReceiverPart.vue'), 'manifests', ['manifest_receiver_write']),
      live('map', 'map', () => import('./pages/live/CityMap.vue'), 'map', ['live_read']),
      live('tracks/:vehicleId', 'track', () => import('./pages/live/Replay.vue'), 'map', ['live_read']),
      live('warnings', 'warnings', () => import('./pages/warning/Warnings.vue'), 'warnings', ['warning_read']),
      live('warnings/:id', 'warning', () => import('./pages/warning/Warning.vue'), 'warnings', ['warning_read']),
      live('warning-rules', 'warning-rules', () => import('./pages/warning/WarningRules.vue'), 'warning-rules', ['warning_read']),
      live('devices/:tab?', 'devices', () => import('./pages/live/Devices.vue'), 'devices', ['device_health_read']),
      live('check', 'check', () => import('./pages/live/Check.vue'), 'check', ['roadside_check']),
      live('check/:id', 'check-result', () => import('./pages/live/Check.vue'), 'check', ['roadside_check']),
      live('cameras/:tab?', 'cameras', () => import('./pages/live/Cameras.vue'), 'cameras', ['warning_read', 'video_event_write', 'video_verify']),
      programme('programme', 'programme', () => import('./pages/programme/Programme.vue'), ['programme_read']),
      programme('programme/clauses', 'programme-clauses', () => import('./pages/programme/Clauses.vue'), ['programme_read']),
      programme('programme/new', 'programme-new', () => import('./pages/programme/ItemForm.vue'), ['programme_write']),
      programme('programme/import', 'programme-import', () => import('./pages/programme/ItemImport.vue'), ['programme_write']),
      programme('programme/:id', 'programme-item', () => import('./pages/programme/Item.vue'), ['programme_read']),
      programme('programme/:id/edit', 'programme-edit', () => import('./pages/programme/ItemForm.vue'), ['programme_write']),
      indicators('indicators', 'indicators', () => import('./pages/indicators/Indicators.vue'), 'indicators', ['indicator_read']),
      indicators('indicators/values', 'indicator-values', () => import('./pages/indicators/Values.vue'), 'values', ['indicator_read']),
      indicators('indicators/:key', 'indicator', () => import('./pages/indicators/Indicator.vue'), 'indicators', ['indicator_read']),
      indicators('indicators/:key/definition', 'indicator-definition', () => import('./pages/indicators/Definition.vue'), 'indicators', ['indicator_define']),
      report('reports', 'reports', () => import('./pages/report/Reports.vue')),
      report('reports/new', 'report-new', () => import('./pages/report/ReportNew.vue')),
      report('reports/:id', 'report', () => import('./pages/report/Report.vue')),
      page('registry', 'registry', () => import('./pages/registry/Registry.vue'), 'registry', ['registry_read', 'directory_read']),
      page('registry/:entity', 'records', () => import('./pages/registry/Records.vue'), 'registry', ['registry_read', 'directory_read']),
      page('registry/:entity/new', 'record-new', () => import('./pages/registry/RecordForm.vue'), 'registry', ['registry_write_own', 'registry_write_city']),
      page('registry/:entity/import', 'record-import', () => import('./pages/registry/Import.vue'), 'registry', ['import_run']),
      page('registry/:entity/:id', 'record', () => import('./pages/registry/Record.vue'), 'registry', ['registry_read', 'directory_read']),
      page('registry/:entity/:id/edit', 'record-edit', () => import('./pages/registry/RecordForm.vue'), 'registry', ['registry_write_own', 'registry_write_city']),
      page('catalogue/:view?', 'catalogue', () => import('./pages/registry/Catalogue.vue'), 'catalogue', ['catalogue_read']),
      page('access/accounts', 'accounts', () => import('./pages/identity/Accounts.vue'), 'access', ['account_read']),
      page('access/accounts/new', 'account-new', () => import('./pages/identity/AccountForm.vue'), 'access', ['account_admin']),
      page('access/accounts/:id', 'account', () => import('./pages/identity/AccountForm.vue'), 'access', ['account_read']),
      page('access/delegations', 'delegations', () => import('./pages/identity/Delegations.vue'), 'access', ['delegation_manage']),
      page('access/matrix', 'matrix', () => import('./pages/identity/Matrix.vue'), 'access'),
      page('me', 'me', () => import('./pages/identity/OwnAccount.vue'), 'me'),
      page('audit', 'audit', () => import('./pages/proof/Audit.vue'), 'audit', ['audit_read']),
      page('proof', 'proof', () => import('./pages/proof/Proof.vue'), 'proof', ['proof_read']),
      page('proof/events/:position', 'event', () => import('./pages/proof/Event.vue'), 'proof', ['proof_read']),
      page('help', 'help', () => import('./pages/Help.vue'), 'help'),
      page(':rest(.*)*', 'not-found', () => import('./pages/NotFound.vue'), ''),
    ],
  },
]

export const router = createRouter({
  history: createWebHistory('/'),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  if (!me.value && !(await loadMe().catch(() => null))) {
    return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  }
  if (me.value?.must_change_password && to.name !== 'me') return { name: 'me', query: { must: '1' } }
  const need = to.meta.need ?? []
  if (need.length > 0 && !can(...need)) return { name: 'not-found', params: { rest: to.path.slice(1).split('/') }, query: { denied: '1' }, replace: true }
  return true
})
