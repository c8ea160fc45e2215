// The live part as people use it: the map and its list by keyboard, a warning given away from the map, a track played
// again, a check at the roadside. What the connection does when it breaks is seen with the server taken away.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accountOf, downloaded, launch, person, shown } from './lib/app.mjs'

let browser
const as = async (role, options) => person(browser, (await accountOf(role)).login, options)
const live = (page) => page.locator('[data-connection][data-state="live"]').waitFor({ timeout: 20_000 })

describe('live', { concurrency: false }, () => {
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  it('shows the vehicles on the map and in its list, all by keyboard', async () => {
    const who = await as('department')
    const { page } = who
    await who.go('/map')
    await live(page)
    await page.locator('.ol-viewport canvas').first().waitFor()
    const first = page.locator('[data-vehicle]').first()
    await first.waitFor()
    const all = await page.locator('[data-vehicle]').count()
    await first.focus()
    await page.keyboard.press('ArrowDown')
    assert.ok(await page.evaluate(() => document.activeElement?.hasAttribute('data-vehicle')), 'arrows move in the list')
    await page.keyboard.press('Enter')
    const card = page.locator('[data-card="vehicle"]')
    await card.waitFor()
    await page.waitForURL(/vehicle=/)
    await page.locator('[data-chip="loaded"]').click()
    await page.waitForURL(/loaded=1/)
    await page.waitForFunction((count) => document.querySelectorAll('[data-vehicle]').length <= count, all)
    await page.reload()
    await card.waitFor()
    assert.equal(await page.locator('[data-chip="loaded"]').getAttribute('aria-pressed'), 'true', 'the filter is in the address')
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('is a table for whoever wants no map, and says what its lines are', async () => {
    const who = await as('department')
    const { page } = who
    await who.go('/map')
    await page.locator('.note').first().waitFor()
    assert.match(await page.locator('.note').first().innerText(), /示意图，非法定界线.*示意路网/)
    await page.locator('[data-view="table"]').click()
    await page.locator('tbody tr').first().waitFor()
    await page.keyboard.press('j')
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'TR')
    await page.keyboard.press('Enter')
    await page.locator('[data-card="vehicle"]').waitFor()
    await who.close()
  })

  it('says that it is cut off, and comes back', async () => {
    const who = await as('department')
    const { page } = who
    await who.go('/map')
    await live(page)
    await who.context.setOffline(true)
    await page.locator('[data-connection]:not([data-state="live"])').waitFor({ timeout: 60_000 })
    assert.ok((await page.locator('[data-vehicle]').count()) > 0, 'what was known stays')
    await who.context.setOffline(false)
    await live(page)
    await who.close()
  })

  it('gives a warning to somebody from the map', async () => {
    const who = await as('department')
    const { page } = who
    const raised = (await who.api('/warnings?status=raised&limit=1')).items[0]
    assert.ok(raised, 'the demonstration has a warning to give away')
    await who.go(`/map?tab=warnings&warning=${raised.id}`)
    await page.locator('[data-open-assign]').click()
    const people = page.locator('[data-assign] select')
    await people.selectOption({ index: 1 })
    await page.locator('[data-assign] button[type="submit"]').click()
    await page.locator('[data-assign]').waitFor({ state: 'detached' })
    assert.notEqual((await who.api(`/warnings/${raised.id}`)).assigned_to, null)
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('plays a track and reads it as a table', async () => {
    const who = await as('department')
    const { page } = who
    const fleet = (await who.api('/live/vehicles')).vehicles
    const moving = fleet.find((one) => one.state === 'moving') ?? fleet[0]
    await who.go(`/tracks/${moving.vehicle_id}`)
    await page.locator('[data-play]').waitFor()
    const before = await page.locator('[data-moment]').innerText()
    await page.locator('[data-play]').click()
    await page.waitForFunction((text) => document.querySelector('[data-moment]')?.innerText !== text, before)
    await page.locator('[data-play]').click()
    assert.ok((await page.locator('table tbody tr').count()) > 0)
    await who.close()
  })

  it('checks at the roadside: a purpose is asked for, and nothing found is said clearly and on paper', async () => {
    const who = await as('inspector', { width: 390, height: 844 })
    const { page } = who
    await who.go('/check')
    await shown(page)
    await page.locator('#check-value').fill('苏Z00000')
    await page.locator('[data-check] button[type="submit"]').click()
    await page.locator('[data-missing]').waitFor()
    await page.locator('[data-check] select').selectOption({ index: 1 })
    await page.locator('[data-check] button[type="submit"]').click()
    await page.waitForURL(/\/check\/[0-9a-f-]{36}/)
    await page.locator('[data-verdict].bad').waitFor()
    const paper = await downloaded(page, page.locator('[data-paper]'))
    assert.equal(paper.bytes.subarray(0, 5).toString(), '%PDF-')
    await who.go('/check')
    await page.locator('tbody tr').first().waitFor()
    assert.match(await page.locator('tbody tr').first().innerText(), /苏Z00000/)
    assert.deepEqual(who.errors, [])
    await who.close()
  })
})
