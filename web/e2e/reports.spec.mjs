// A yearly summary as people make it: the office chooses a town and a year, sees the figures, writes its own part, makes
// the report, and both files say what the page says.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { accountOf, downloaded, launch, person } from './lib/app.mjs'

let browser
const as = async (role, options) => person(browser, (await accountOf(role)).login, options)

/** The text of a DOCX, read from the package itself. */
function docxText(bytes) {
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const [size, name, extra] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26), bytes.readUInt16LE(at + 28)]
    const from = at + 30 + name + extra
    if (bytes.subarray(at + 30, at + 30 + name).toString() === 'word/document.xml') {
      return inflateRawSync(bytes.subarray(from, from + size)).toString().replace(/<[^>]+>/g, '')
    }
    at = from + size
  }
  throw new Error('no word/document.xml')
}

/** The text of a PDF, where the machine has a program for it. */
function pdfText(bytes) {
  const folder = mkdtempSync(join(tmpdir(), 'wufei-pdf-'))
  try {
    writeFileSync(join(folder, 'a.pdf'), bytes)
    return execFileSync('pdftotext', ['-layout', join(folder, 'a.pdf'), '-']).toString().replace(/\s/g, '')
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('reports', { concurrency: false }, () => {
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  it('makes a yearly summary that says the same on the page and in both files', async () => {
    const who = await as('office')
    const { page } = who
    await who.go('/reports/new')
    const units = page.locator('select[name="unit"]')
    await units.locator('option', { hasText: '澄江' }).first().waitFor({ state: 'attached' })
    await units.selectOption({ label: (await units.locator('option', { hasText: '澄江' }).first().innerText()).trim() })
    const { to_year: year } = await who.api('/reports/options')
    await page.locator('select[name="year"]').selectOption(String(year))
    const preview = page.locator('[data-preview]')
    await preview.waitFor()
    await page.waitForFunction(() => /产生危险废物 ?[\d,.]+ 吨/.test(document.querySelector('[data-preview]')?.textContent ?? ''))
    const figure = /产生危险废物 ?([\d,.]+ 吨)/.exec(await preview.innerText())[1]
    await page.locator('textarea[name="practices"]').fill('建立镇街巡查台账\n组织企业培训')
    await page.locator('[data-report] button[type="submit"]').click()
    await page.waitForURL(/\/reports\/[0-9a-f-]{36}$/)
    const body = page.locator('[data-report-body]')
    await body.waitFor()
    const text = await body.innerText()
    assert.ok(text.includes(figure), `${figure} is in the report`)
    assert.match(text, /建立镇街巡查台账/)
    assert.match(text, /数据来源/)
    assert.match(text, /演示数据/)
    const docx = await downloaded(page, page.locator('[data-file="docx"]'))
    assert.match(docx.name, /\.docx$/)
    const word = docxText(docx.bytes)
    assert.ok(word.includes(figure) && word.includes('组织企业培训'), 'the DOCX says it')
    const pdf = await downloaded(page, page.locator('[data-file="pdf"]'))
    assert.equal(pdf.bytes.subarray(0, 4).toString(), '%PDF')
    const paper = pdfText(pdf.bytes)
    if (paper !== null) assert.ok(paper.includes(figure.replace(/\s/g, '')) && paper.includes('组织企业培训'), 'the PDF says it')
    // A mark leads to its source.
    await body.locator('sup a').first().click()
    assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /台账/)
    await who.go('/reports')
    await page.locator('tbody tr').first().waitFor()
    assert.match(await page.locator('tbody tr').first().innerText(), /澄江/)
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('carries an approved figure, on the page and in both files', async () => {
    const who = await as('office')
    const { page } = who
    const { items } = await who.api('/indicators?year=2025')
    const approved = items.find((one) => one.state === 'approved' && one.value !== null && one.group !== 'input')
    assert.ok(approved, 'the demonstration has an approved figure')
    const { units } = await who.api('/reports/options')
    const office = units.find((one) => one.kind === 'office')
    await who.go(`/reports/new?org_id=${office.id}&year=2025`)
    await page.waitForFunction((value) => document.querySelector('[data-preview]')?.textContent?.includes(value), approved.value)
    await page.locator('[data-report] button[type="submit"]').click()
    await page.waitForURL(/\/reports\/[0-9a-f-]{36}$/)
    const body = page.locator('[data-report-body]')
    await body.waitFor()
    const row = body.locator('tr', { hasText: approved.name })
    assert.ok((await row.innerText()).includes(approved.value))
    assert.match(await body.innerText(), /指标定义第 1 版.*填报并经审批/)
    const word = docxText((await downloaded(page, page.locator('[data-file="docx"]'))).bytes)
    assert.ok(word.includes(approved.name) && word.includes(approved.value))
    const paper = pdfText((await downloaded(page, page.locator('[data-file="pdf"]'))).bytes)
    if (paper !== null) assert.ok(paper.includes(approved.value))
    // From the report down to the rows: the source opens the indicator.
    await body.locator('.sources a', { hasText: `/indicators/${approved.key}?` }).click()
    await page.waitForURL((url) => url.pathname === `/indicators/${approved.key}`)
    assert.deepEqual(who.errors, [])
    await who.close()
  })

  it('lets a town report for itself only', async () => {
    const who = await as('town')
    const { units } = await who.api('/reports/options')
    assert.equal(units.length, 1)
    await who.go('/reports')
    await who.page.locator('tbody tr').first().waitFor()
    assert.deepEqual(who.errors, [])
    await who.close()
  })
})
