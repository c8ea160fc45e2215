// Every page, in both languages, on a desk and on a phone: it opens without an error, keeps to the origin, does not
// overflow sideways, and axe finds nothing serious. The pictures go to test-results/pages for looking at.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { accountOf, launch, person, RESULTS, settled, shown, URL_ } from './lib/app.mjs'
import { IDS, PAGES, PHONE } from './lib/pages.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Only some pages, by name: WUFEI_PAGES=orgs,org (for work on one page). */
const ONLY = (process.env.WUFEI_PAGES ?? '').split(',').filter(Boolean)
const SHOWN = [...PAGES, ...PHONE.map((one) => ({ ...one, path: (of) => `/m${one.path(of)}` }))].filter((one) => ONLY.length === 0 || ONLY.includes(one.name))
const SIZES = [[1440, 900], [390, 844]]
const ids = { ...IDS }
const open = new Map()
let browser

async function roleAt(role, lang, [width, height]) {
  const key = `${role}/${lang}/${width}`
  if (!open.has(key)) open.set(key, await person(browser, role ? (await accountOf(role)).login : null, { lang, width, height }))
  return open.get(key)
}

/** Serious findings of axe on the page as it stands. */
async function axe(page) {
  await page.evaluate(AXE)
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  return found.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' ; ')}`)
}

describe('pages', { concurrency: false }, () => {
  before(async () => {
    browser = await launch()
    mkdirSync(`${RESULTS}pages`, { recursive: true })
    const manager = await roleAt('manager', 'zh-CN', SIZES[0])
    const first = (who, path) => who.api(path).then((page) => page.items[0]?.id ?? '', () => '')
    const lot = (await manager.api('/ledger/lots?limit=1')).items[0]
    ids.lot = lot?.id ?? ''
    ids.container = lot?.container_code ?? ''
    ids.manifest = await first(manager, '/manifests?limit=1')
    ids.draft = (await first(manager, '/manifests?status=draft&limit=1')) || ids.manifest
    ids.leaving = await first(await roleAt('dispatcher', 'zh-CN', SIZES[0]), '/manifests?status=awaiting_carrier&limit=1')
    ids.arrived = await first(await roleAt('receiver_manager', 'zh-CN', SIZES[0]), '/manifests?status=arrived&limit=1')
    const driver = await roleAt('driver', 'zh-CN', SIZES[0])
    ids.trip = (await driver.api('/trip/today')).manifests[0]?.id ?? (await first(driver, '/manifests?limit=1'))
    const inspector = await roleAt('inspector', 'zh-CN', SIZES[0])
    const made = await inspector.context.request.post(`${URL_}/api/checks`, { data: { kind: 'plate', value: '苏B00000', purpose: 'a visit to every page', place: null } })
    ids.check = made.ok() ? (await made.json()).id : ''
    const system = await roleAt('system_admin', 'zh-CN', SIZES[0])
    ids.org = (await system.api('/registry/orgs?limit=1')).items[0]?.id ?? ''
    const city = await roleAt('department', 'zh-CN', SIZES[0])
    ids.warning = await first(city, '/warnings?limit=1')
    ids.item = await first(city, '/programme/items?list=task&limit=1')
    const office = await roleAt('office', 'zh-CN', SIZES[0])
    const { units, to_year: year } = await office.api('/reports/options')
    const report = await office.context.request.post(`${URL_}/api/reports`, { data: { template: 'yearly_summary', org_id: units.find((one) => one.kind === 'town')?.id ?? '', year } })
    ids.report = report.ok() ? (await report.json()).id : ''
    const fleet = await city.api('/live/vehicles').then((body) => body.vehicles, () => [])
    const loaded = fleet.find((one) => one.manifest) ?? fleet[0]
    ids.vehicle = loaded?.vehicle_id ?? ''
    ids.moving = loaded?.manifest?.id ?? ids.manifest
    const security = await roleAt('security_admin', 'zh-CN', SIZES[0])
    ids.account = (await security.api('/accounts?limit=1')).items[0]?.id ?? ''
    for (const key of ['draft', 'leaving', 'arrived', 'trip']) ids[key] ||= ids.manifest
    if (ONLY.length === 0) assert.deepEqual(['lot', 'container', 'manifest', 'org', 'account', 'check', 'report'].filter((key) => !ids[key]), [], 'the demonstration has something to show')
  })
  after(() => browser?.close())

  for (const lang of ['zh-CN', 'en']) {
    for (const size of SIZES) {
      for (const one of SHOWN) {
        it(`${one.name} ${lang} ${size[0]}`, async () => {
          const who = await roleAt(one.role, lang, size)
          who.errors.length = 0
          await who.go(one.path(ids))
          await shown(who.page)
          await who.page.screenshot({ path: `${RESULTS}pages/${one.name}-${size[0]}-${lang}.png`, fullPage: true })
          assert.equal(await who.page.evaluate(() => document.documentElement.lang), lang)
          assert.equal(new URL(who.page.url()).searchParams.has('denied'), one.name === 'denied', 'the role sees the page')
          assert.ok((await who.page.title()).length > 3)
          const overflow = await who.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
          assert.ok(overflow <= 0, `overflows sideways by ${overflow} px`)
          const broken = await who.page.locator('.state[role="alert"]').allInnerTexts()
          assert.deepEqual(broken, [], 'nothing on the page failed to load')
          if (lang === 'en') {
            const chrome = await who.page.locator('h1, h2, th, label, .btn, nav a').allInnerTexts()
            const keys = chrome.filter((text) => /^[a-z_]+\.[a-z_.]+$/.test(text.trim()))
            assert.deepEqual(keys, [], 'no text is missing')
          }
          assert.deepEqual(await axe(who.page), [])
          assert.deepEqual(who.errors, [])
        })
      }
    }
  }

  it('a list answers to the keyboard', async () => {
    const who = await roleAt('manager', 'zh-CN', SIZES[0])
    await who.go('/manifests')
    await settled(who.page)
    await who.page.keyboard.press('j')
    await who.page.keyboard.press('j')
    assert.equal(await who.page.evaluate(() => document.activeElement?.tagName), 'TR')
    await who.page.keyboard.press('/')
    assert.equal(await who.page.evaluate(() => document.activeElement?.getAttribute('type')), 'search')
    await who.page.keyboard.press('Escape')
    await who.page.locator('tbody tr').first().focus()
    await who.page.keyboard.press('Enter')
    await who.page.waitForURL(/\/manifests\/[0-9a-f-]{36}/)
  })

  it('filters and pages live in the address', async () => {
    const who = await roleAt('department', 'zh-CN', SIZES[0])
    await who.go('/manifests?limit=20')
    await settled(who.page)
    await who.page.locator('select').filter({ hasText: '已接受' }).first().selectOption('accepted')
    await who.page.waitForURL(/status=accepted/)
    await who.page.reload()
    await settled(who.page)
    assert.equal(await who.page.locator('select').filter({ hasText: '已接受' }).first().inputValue(), 'accepted')
    await who.go('/registry/orgs?limit=20')
    await settled(who.page)
    const first = await who.page.locator('tbody tr a').first().innerText()
    await who.page.locator('nav.pager button').last().click()
    await who.page.waitForURL(/cursor=/)
    await who.page.waitForFunction((text) => document.querySelector('tbody tr a')?.textContent !== text, first)
    await who.page.locator('nav.pager button').first().click()
    await who.page.waitForURL((url) => !url.search.includes('cursor='))
    await who.page.waitForFunction((text) => document.querySelector('tbody tr a')?.textContent === text, first)
  })

  it('without a session every page leads to sign-in and back', async () => {
    const who = await person(browser, null)
    await who.go('/manifests?status=draft')
    await who.page.waitForURL(/\/sign-in\?next=/)
    await who.page.locator(`[data-login="${(await accountOf('manager')).login}"]`).click()
    await who.page.waitForURL(`${URL_}/manifests?status=draft`)
    await who.close()
  })
})
