// Indicators as a bureau, a colleague and the office use them: a figure is filled in, reviewed, approved, and its light
// changes; a computed figure opens down to its rows; an earlier day shows what was known then; a definition changes and
// both versions explain themselves.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { launch, person } from './lib/app.mjs'

let browser
const as = (login, options) => person(browser, login, options)
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')

describe('indicators', { concurrency: false }, () => {
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  it('shows the groups with lights and how sure each is, filtered by the address', async () => {
    const who = await as('bureau')
    const { page } = who
    await who.go('/indicators?year=2025')
    await page.locator('[data-group="reduction"] tbody tr').first().waitFor()
    assert.equal(await page.locator('[data-group]').count(), 8)
    assert.match(await page.locator('[data-value="n26"]').innerText(), /41\.2/)
    assert.match(await page.locator('[data-group="reduction"]').innerText(), /未核实/)
    await page.locator('button[data-light="green"]').click()
    await page.waitForURL(/light=green/)
    await page.locator('[data-row-light="green"]').first().waitFor()
    await page.waitForFunction(() => document.querySelectorAll('[data-row-light]:not([data-row-light="green"])').length === 0)
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('counts a figure when three people have seen it, and the light changes', async () => {
    const [filler, checker, office] = [await as('bureau'), await as('bureau-check'), await as('office')]
    await office.go('/indicators/c05?period=2026')
    await office.page.locator('[data-target]').click()
    const target = office.page.locator('#target')
    await target.locator('input').first().fill('0')
    await target.locator('textarea').fill('浏览器测试：沿用趋零增长')
    await office.page.locator('button[form="target"]').click()
    await target.waitFor({ state: 'hidden' })

    const { page } = filler
    await filler.go('/indicators/values?fill=bulk_stored_disposed&period=2026')
    const form = page.locator('#fill')
    await form.waitFor()
    await form.locator('[data-fill-value]').fill('4e3')
    await page.locator('[data-send]').click()
    await form.locator('[data-summary]').waitFor()
    assert.match(await form.locator('[data-summary]').innerText(), /佐证/)
    await form.locator('[data-fill-value]').fill('37.2')
    await form.locator('[data-evidence-file]').setInputFiles({ name: '统计表.pdf', mimeType: 'application/pdf', buffer: PDF })
    await form.locator('[data-evidence]').waitFor()
    await page.locator('[data-send]').click()
    await form.waitFor({ state: 'hidden' })
    const open = page.locator('tbody tr', { has: page.locator('[data-status="filled"]') }).filter({ hasText: '2026' }).first()
    await open.waitFor()
    assert.equal(await open.locator('[data-act="review"]').count(), 0, 'not by the same person')

    await checker.go('/indicators/values?mine=true&key=bulk_stored_disposed')
    await checker.page.locator('[data-act="review"]').first().click()
    await checker.page.locator('[data-carry]').click()
    await checker.page.locator('[data-act="review"]').waitFor({ state: 'detached' })
    const before = await office.api('/indicators/c05?period=2026')
    assert.equal(before.light, 'none', 'reviewed is not approved')
    await office.go('/indicators/values?mine=true&key=bulk_stored_disposed')
    await office.page.locator('[data-act="approve"]').first().click()
    await office.page.locator('[data-carry]').click()
    await office.page.locator('[data-act="approve"]').waitFor({ state: 'detached' })
    await office.go('/indicators/c05?period=2026')
    await office.page.locator('[data-figure]', { hasText: '-2.36' }).waitFor()
    assert.match(await office.page.locator('h1 + [data-light]').innerText(), /绿灯/)
    for (const one of [filler, checker, office]) {
      assert.deepEqual(one.errors, [])
      await one.close()
    }
  })

  it('opens a computed figure down to the container, and shows an earlier day as it was known', async () => {
    const who = await as('bureau')
    const { page } = who
    const now = await who.api('/indicators/c11')
    await who.go(`/indicators/c11?period=${now.period}`)
    await page.locator('[data-figure]', { hasText: now.value }).waitFor()
    await page.locator('[data-rows="hw_generated"]').click()
    await page.locator('[data-measure-row]').first().waitFor()
    const link = page.locator('[data-measure-row] a').first()
    const path = await link.getAttribute('href')
    await link.click()
    await page.waitForURL((url) => url.pathname === path)
    await page.locator('h1').waitFor()
    const towns = await who.api(`/indicators/c11/towns?period=${now.period}`)
    // Each is rounded to the kilogram by itself, so the sum may be off by half of one for each.
    const kilograms = (one) => Math.round(Number(one.value ?? 0) * 1000)
    const parts = [...towns.towns, towns.elsewhere]
    const off = Math.abs(parts.reduce((sum, one) => sum + kilograms(one), 0) - kilograms(towns.city))
    assert.ok(off <= (parts.length + 1) / 2, `towns add up, but for ${off} kg`)
    const earlier = `${Number(now.period) - 1}-12-31`
    const then = await who.api(`/indicators/c11?period=${now.period}&as_of=${earlier}`)
    assert.notEqual(then.value, now.value)
    await who.go(`/indicators/c11?period=${now.period}&as_of=${earlier}`)
    await page.locator('[data-why], [data-figure] b').first().waitFor()
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('checks a formula while it is written, and explains both versions', async () => {
    const who = await as('office')
    const { page } = who
    await who.go('/indicators/c13/definition')
    const formula = page.locator('textarea[data-formula], [data-formula] textarea').first()
    await formula.waitFor()
    await formula.fill('hw_used + manifests_departed')
    await page.locator('[data-check][data-ok="false"]').waitFor()
    assert.match(await page.locator('[data-check]').innerText(), /第 11 个字符/)
    await formula.fill('hw_used + c13')
    await page.locator('[data-check]', { hasText: 'c13 → c13' }).waitFor()
    await formula.fill('hw_used + hw_disposed - hw_incinerated')
    await page.locator('[data-check][data-ok="true"]').waitFor()
    const month = `${new Date().getFullYear()}-01`
    await page.locator('input[type="month"]').fill(month)
    await page.locator('[data-words-zh]').first().fill('利用量与处置量之和，不含焚烧')
    await page.locator('[data-words-en]').first().fill('Used and disposed of, without incineration')
    await page.locator('[data-reason]').first().fill('浏览器测试：口径调整')
    await page.locator('[data-save]').click()
    await page.waitForURL(/\/indicators\/c13$/)
    await page.locator('[data-version="2"]').waitFor()
    assert.match(await page.locator('[data-version="2"]').innerText(), /口径调整/)
    assert.match(await page.locator('[data-version="1"]').innerText(), /利用量 \+ 处置量/)
    const year = new Date().getFullYear()
    assert.equal((await who.api(`/indicators/c13?period=${year}`)).version, 2)
    assert.equal((await who.api(`/indicators/c13?period=${year - 1}`)).version, 1)
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('reads well on a phone, in English', async () => {
    const who = await as('town', { width: 390, height: 844 })
    await who.go('/indicators?year=2025')
    await who.page.locator('[data-group="city"]').waitFor()
    const wide = await who.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.ok(wide <= 0, `the page is ${wide} px too wide`)
    await who.close()
  })
})
