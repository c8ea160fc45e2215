// Addresses of the phone page. A page with `form` is never interrupted by a new version.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import Key from './pages/Key.vue'
import Mine from './pages/Mine.vue'
import Outbox from './pages/Outbox.vue'
import Report from './pages/Report.vue'
import Scan from './pages/Scan.vue'
import Sign from './pages/Sign.vue'
import SignIn from './pages/SignIn.vue'
import Today from './pages/Today.vue'
import Trip from './pages/Trip.vue'
import Verify from './pages/Verify.vue'
import Warning from './pages/Warning.vue'
import Warnings from './pages/Warnings.vue'
import { confirm, drives, inspects, me, restore } from './session'
import { reloadDue } from './sw/register'

declare module 'vue-router' {
  interface RouteMeta { open?: boolean; form?: boolean; tab?: string; back?: string }
}

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: SignIn, meta: { open: true, form: true } },
  { path: '/', name: 'today', component: Today, meta: { tab: 'today' } },
  { path: '/trip/:id', name: 'trip', component: Trip, meta: { tab: 'today', back: '/' } },
  { path: '/trip/:id/sign/:step(carrier|arrival)', name: 'sign', component: Sign, meta: { form: true } },
  { path: '/trip/:id/report', name: 'report', component: Report, meta: { form: true } },
  { path: '/scan', name: 'scan', component: Scan, meta: { tab: 'scan' } },
  { path: '/outbox', name: 'outbox', component: Outbox, meta: { tab: 'outbox' } },
  { path: '/me', name: 'mine', component: Mine, meta: { tab: 'mine' } },
  { path: '/key', name: 'key', component: Key, meta: { form: true } },
  { path: '/warnings', name: 'warnings', component: Warnings, meta: { tab: 'warnings' } },
  { path: '/warnings/:id', name: 'warning', component: Warning, meta: { tab: 'warnings', back: '/warnings' } },
  { path: '/warnings/:id/verify', name: 'verify', component: Verify, meta: { form: true } },
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
router.afterEach((to) => {
  if (reloadDue.value && !to.meta.form) location.assign(`/m${to.fullPath}`)
})
