// Addresses of the phone page. A page with `form` is never interrupted by a new version.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { confirm, drives, inspects, me, restore } from './session'
import { reloadDue } from './sw/register'

declare module 'vue-router' {
  interface RouteMeta { open?: boolean; form?: boolean; tab?: string; back?: string }
}

// One view is fetched to show the page; the others follow as soon as it stands, so that none is missing when the
// network goes (the worker keeps them, too).
const later = {
  today: () => import('./pages/Today.vue'),
  signIn: () => import('./pages/SignIn.vue'),
  trip: () => import('./pages/Trip.vue'),
  sign: () => import('./pages/Sign.vue'),
  report: () => import('./pages/Report.vue'),
  scan: () => import('./pages/Scan.vue'),
  outbox: () => import('./pages/Outbox.vue'),
  mine: () => import('./pages/Mine.vue'),
  key: () => import('./pages/Key.vue'),
  warnings: () => import('./pages/Warnings.vue'),
  warning: () => import('./pages/Warning.vue'),
  verify: () => import('./pages/Verify.vue'),
}
export async function fetchViews(): Promise<void> {
  await Promise.allSettled([...Object.values(later).map((load) => load()), import('jsqr')])
}

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: later.signIn, meta: { open: true, form: true } },
  { path: '/', name: 'today', component: later.today, meta: { tab: 'today' } },
  { path: '/trip/:id', name: 'trip', component: later.trip, meta: { tab: 'today', back: '/' } },
  { path: '/trip/:id/sign/:step(carrier|arrival)', name: 'sign', component: later.sign, meta: { form: true } },
  { path: '/trip/:id/report', name: 'report', component: later.report, meta: { form: true } },
  { path: '/scan', name: 'scan', component: later.scan, meta: { tab: 'scan' } },
  { path: '/outbox', name: 'outbox', component: later.outbox, meta: { tab: 'outbox' } },
  { path: '/me', name: 'mine', component: later.mine, meta: { tab: 'mine' } },
  { path: '/key', name: 'key', component: later.key, meta: { form: true } },
  { path: '/warnings', name: 'warnings', component: later.warnings, meta: { tab: 'warnings' } },
  { path: '/warnings/:id', name: 'warning', component: later.warning, meta: { tab: 'warnings', back: '/warnings' } },
  { path: '/warnings/:id/verify', name: 'verify', component: later.verify, meta: { form: true } },
  { path: '/:rest(.*)*', redirect: '/' },
]

export const router = createRouter({
  history: createWebHistory('/m/'),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

let first = true
router.beforeEach(async (to) => {
  if (first) {
    first = false
    await restore()
    // With a person known from before the page opens at once; the server is asked behind it.
    const asked = confirm().catch(() => null)
    if (!me.value) await asked
  }
  if (to.meta.open) return true
  if (!me.value) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (to.name === 'today' && !drives.value && inspects.value) return { name: 'warnings', replace: true }
  return true
})
// A view of an older build that is gone from the server: the page loads again, in its present build.
router.onError((_error, to) => {
  if (navigator.onLine) location.assign(`/m${to.fullPath}`)
})
router.afterEach((to) => {
  if (reloadDue.value && !to.meta.form) location.assign(`/m${to.fullPath}`)
})
