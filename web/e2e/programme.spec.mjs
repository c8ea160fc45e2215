// The four lists as the bureau and the office use them: a report changes the light, evidence of the wrong kind is
// refused and nothing is lost, every clause is in the table, a contradiction is told at its field.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accountOf, downloaded, launch, person } from './lib/app.mjs'

let browser
const as = async (role, options) => person(browser, (await accountOf(role)).login, options)
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')

describe('programme', { concurrency: false }, () => {
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  it('shows four lists with lights in words, filtered by the address', async () => {
    const who = await as('department')
    const { page } = who
    await who.go('/programme')
    await page.locator('[data-phase="final"]').waitFor()
    await page.locator('tbody tr').first().waitFor()
    assert.match(await page.locator('tbody').innerText(), /≥ 40%/)
    await page.locator('[data-list="task"]').click()
    await page.waitForURL(/list=task/)
    await page.locator('button[data-light="red"]').click()
    await page.waitForURL(/light=red/)
    await page.locator('[data-row-light="red"]').first().waitFor()
    assert.equal(await page.locator('[data-row-light]:not([data-row-light="red"])').count(), 0)
    assert.match(await page.locator('tbody tr').first().innerText(), /红灯/)
    await page.reload()
    await page.locator('[data-row-light="red"]').first().waitFor()
    await who.go('/programme?year=2026')
    await page.locator('[data-phase="not_set"]').waitFor()
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('takes a report with evidence, and the light changes', async () => {
    const who = await as('department')
    const { page } = who
    const open = (await who.api('/programme/items?unit=me&list=task&limit=200')).items.find((one) => one.light !== 'green')
    await who.go(`/programme/${open.id}`)
    const before = await page.locator('h1 + [data-light]').innerText()
    await page.locator('[data-report]').click()
    const form = page.locator('#programme-report')
    await form.locator('input[value="done"]').check()
    await form.locator('textarea').first().fill('浏览器测试：任务完成并通过验收')
    await form.locator('[data-evidence-file]').setInputFiles({ name: '假的.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ this is a program') })
    await form.locator('[data-evidence-refused]').waitFor()
    assert.match(await form.locator('[data-evidence-refused]').innerText(), /假的\.pdf/)
    await page.locator('button[form="programme-report"]').click()
    await form.locator('[data-summary]').waitFor()
    assert.match(await form.locator('[data-summary]').innerText(), /佐证/)
    assert.equal(await form.locator('textarea').first().inputValue(), '浏览器测试：任务完成并通过验收', 'nothing is lost')
    await form.locator('[data-evidence-file]').setInputFiles({ name: '验收单.pdf', mimeType: 'application/pdf', buffer: PDF })
    await form.locator('[data-evidence]').waitFor()
    await page.locator('button[form="programme-report"]').click()
    await form.waitFor({ state: 'hidden' })
    await page.waitForFunction((was) => document.querySelector('h1 + [data-light]')?.textContent?.trim() !== was.trim(), before)
    assert.match(await page.locator('h1 + [data-light]').innerText(), /绿灯/)
    const step = page.locator('[data-step="reported"]').first()
    assert.match(await step.innerText(), /浏览器测试/)
    const file = await who.context.request.get(new URL(await step.locator('a').first().getAttribute('href'), page.url()).href)
    assert.deepEqual(await file.body(), PDF)
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('has every clause of the plan in its table', async () => {
    const who = await as('department')
    const { page } = who
    await who.go('/programme/clauses')
    await page.locator('[data-clause]').first().waitFor()
    assert.equal(await page.locator('[data-clause]').count(), 31)
    for (const row of await page.locator('[data-clause] td:nth-child(3)').allInnerTexts()) assert.ok(row.trim().length > 3, row)
    await who.close()
  })

  it('tells the office every contradiction at its field, and takes a workbook back', async () => {
    const who = await as('office')
    const { page } = who
    await who.go('/programme/new?list=project')
    const form = page.locator('[data-item-form]')
    await form.waitFor()
    await page.getByLabel('标题', { exact: true }).fill('浏览器测试项目')
    await page.getByLabel('条款').selectOption('2.3.6')
    await page.getByLabel(/^开始日期/).fill('2025-06-01')
    await page.getByLabel(/^完成日期/).fill('2024-06-01')
    await form.locator('button[type="submit"]').click()
    await form.locator('[data-summary]').waitFor()
    assert.match(await form.innerText(), /开始日期 2025-06-01 晚于完成日期 2024-06-01/)
    await page.getByLabel(/^完成日期/).fill('2025-12-31')
    await form.locator('button[type="submit"]').click()
    await page.waitForURL(/\/programme\/[0-9a-f-]{36}$/)
    await page.locator('[data-step="created"]').waitFor()
    await who.go('/programme/import')
    const file = await downloaded(page, page.getByRole('button', { name: /Excel/ }).first())
    assert.match(file.name, /^programme-.*\.xlsx$/)
    const bad = Buffer.from('list,clause,title_zh,code,starts_on,due_on,unit,total,year,value\nproject,2.1.1,不合计,P-80,2024-01-01,2025-12-31,tonne,30,2025,10\n')
    await page.locator('[data-import-file]').setInputFiles({ name: 'bad.csv', mimeType: 'text/csv', buffer: bad })
    await page.locator('[data-import-error]').waitFor()
    assert.match(await page.locator('[data-import-error]').innerText(), /各年之和为 10，与总量 30 不符/)
    await page.locator('[data-import-file]').setInputFiles({ name: file.name, mimeType: 'application/octet-stream', buffer: file.bytes })
    await page.getByRole('button', { name: /导入/ }).last().waitFor()
    assert.match(await page.locator('.banner.ok').innerText(), /新增 0|0/)
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('lets a town report for itself only, on a phone', async () => {
    const who = await as('town', { width: 390, height: 844 })
    const { page } = who
    const item = (await who.api('/programme/items?list=task&limit=200')).items[0]
    await who.go(`/programme/${item.id}`)
    await page.locator('[data-towns]').waitFor()
    assert.equal(await page.locator('[data-towns] tbody tr').count(), 1)
    await page.locator('[data-report]').click()
    const form = page.locator('#programme-report')
    await form.locator('input[value="running"]').check()
    await form.locator('input[inputmode="numeric"]').fill('66')
    await form.locator('textarea').first().fill('浏览器测试：本街道已布置')
    await page.locator('button[form="programme-report"]').click()
    await form.waitFor({ state: 'hidden' })
    await page.locator('[data-towns]', { hasText: '66%' }).waitFor()
    assert.deepEqual(who.errors, [])
    await who.close()
  })
})
