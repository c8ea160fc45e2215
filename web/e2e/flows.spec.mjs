// The ways beside the main job: acting for a client, bad input and its error summary, import with errors per row,
// repacking, correction, voiding, a stale version, unmasking with a purpose, the second factor, saved filters.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { accountOf, complaint, demoAccounts, launch, person, settled, shot, URL_ } from './lib/app.mjs'

let browser
const people = {}
const errors = []

async function as(login) {
  people[login] ??= await person(browser, login)
  people[login].page.setDefaultTimeout(15_000)
  return people[login]
}
const loginOf = async (role, org) => (await accountOf(role, org)).login

/** One-time code of a base-32 secret (RFC 6238). */
function totp(secret) {
  const bits = [...secret.replace(/=+$/, '')].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Records one stored container through the page and answers its id. */
async function container(who, mass) {
  const { page } = who
  const plans = (await who.api('/registry/plans?limit=50')).items.filter((plan) => plan.row.status === 'filed')
  const code = plans[0].row.lines[0].waste_code
  await who.go('/generate')
  await settled(page)
  await page.locator('#f-waste_code').fill(code)
  await page.locator('[role="option"]', { hasText: code }).first().click()
  await page.locator('#f-internal_name').fill('流程试验废物')
  await page.locator('#f-form').selectOption('solid')
  const facility = page.locator('#f-generating_facility_id')
  if (!(await facility.inputValue())) await facility.selectOption({ index: 1 })
  await page.locator('button[type="submit"]').click()
  await page.locator('#f-packaging').selectOption('drum')
  await page.locator('#f-capacity_ml').fill('200')
  await page.locator('#f-components').fill('镍')
  const storage = page.locator('#f-storage_facility_id')
  if (!(await storage.inputValue())) await storage.selectOption({ index: 1 })
  await page.locator('button[type="submit"]').click()
  await page.locator('#f-containers-0-mass_g').fill(mass)
  await page.locator('button[type="submit"]').click()
  await page.getByRole('button', { name: '登记 1 个容器' }).click()
  await page.locator('[data-done]').waitFor().catch(async () => {
    throw new Error(await complaint(page))
  })
  return (await page.locator('[data-container]').getAttribute('href')).split('/').pop()
}

describe('flows', { concurrency: false }, () => {
  before(async () => {
    browser = await launch()
  })
  after(async () => {
    errors.push(...Object.values(people).flatMap((one) => one.errors))
    await browser?.close()
    assert.deepEqual(errors, [])
  })

  it('an agent acts for a client, and the page says so', async () => {
    const { accounts } = await demoAccounts()
    const steward = accounts.find((one) => one.login === 'steward')
    assert.ok(steward, 'the demonstration has an agent')
    const who = await as('steward')
    await who.go('/')
    await settled(who.page)
    const select = who.page.locator('.acting select')
    const client = await select.locator('option').nth(1).getAttribute('value')
    await select.selectOption(client)
    await who.page.locator('.banner.acts').waitFor()
    await who.go('/stock')
    await settled(who.page)
    assert.deepEqual(await who.page.locator('.state[role="alert"]').allInnerTexts(), [])
    assert.ok(await who.page.locator('.banner.acts').isVisible(), 'it holds on the next page')
    await who.page.locator('.acting select').selectOption('')
    await who.page.locator('.banner.acts').waitFor({ state: 'detached' })
  })

  it('what is missing is listed on top, and each entry leads to its field', async () => {
    const who = await as(await loginOf('clerk'))
    await who.go('/generate')
    await settled(who.page)
    await who.page.evaluate(() => localStorage.clear())
    await who.go('/generate')
    await settled(who.page)
    await who.page.locator('button[type="submit"]').click()
    const link = who.page.locator('[data-summary] a').first()
    await link.click()
    const focused = await who.page.evaluate(() => document.activeElement?.id)
    assert.match(focused, /^f-/)
  })

  it('a container is split, and the parts make the whole', async () => {
    const who = await as(await loginOf('clerk'))
    const { page } = who
    const id = await container(who, '100.001')
    await who.go(`/repack?lots=${id}`)
    await page.locator(`[data-lot="${id}"]:checked`).waitFor()
    await page.locator('#f-outputs-0-packaging').selectOption('drum')
    await page.locator('#f-outputs-0-capacity_ml').fill('100')
    await page.locator('#f-outputs-0-mass_g').fill('40')
    await page.locator('section', { hasText: '新容器' }).getByRole('button', { name: '加一个新容器' }).click()
    await page.locator('#f-outputs-1-packaging').selectOption('drum')
    await page.locator('[data-unbalanced]').waitFor()
    await page.getByRole('button', { name: '填入差额' }).nth(1).click()
    await page.locator('[data-balanced]').waitFor()
    assert.equal(await page.locator('#f-outputs-1-mass_g').inputValue(), '60.001')
    await shot(page, 'flows-repack')
    await page.locator('button[type="submit"]').click()
    await page.locator('[data-done]').waitFor().catch(async () => {
      throw new Error(await complaint(page))
    })
    assert.equal(await page.locator('[data-done] li').count(), 2)
  })

  it('a correction needs a reason; then the history shows it', async () => {
    const who = await as(await loginOf('clerk'))
    const { page } = who
    const id = await container(who, '50')
    await who.go(`/lots/${id}`)
    await page.getByRole('button', { name: '调整数量' }).click()
    await page.locator('dialog input[inputmode="decimal"]').fill('49.5')
    await page.locator('dialog button[type="submit"]').click()
    await page.locator('dialog [data-summary]').waitFor()
    await page.locator('dialog textarea').fill('复磅更正')
    await page.locator('dialog button[type="submit"]').click()
    await page.locator('dialog').waitFor({ state: 'detached' })
    assert.equal((await who.api(`/ledger/lots/${id}`)).remaining_g, 49_500)
    await page.getByText('复磅更正').waitFor()
  })

  it('a draft is voided with reason and password; its containers are free again', async () => {
    const clerk = await as(await loginOf('clerk'))
    const id = await container(clerk, '12')
    const { page } = clerk
    await clerk.go(`/manifests/new?lots=${id}`)
    await page.locator(`[data-lot="${id}"]:checked`).waitFor()
    await page.locator('label.opt input').first().check()
    await page.locator('#f-consignor_part-lines-0-method_code').selectOption({ index: 1 })
    await page.locator('#f-carrier_org_id').selectOption({ index: 1 })
    await page.locator('#f-consignor_part-handler_phone').fill('13800000001')
    await page.locator('#f-consignor_part-emergency_phone').fill('0510-86000000')
    await page.locator('[data-review]').click()
    await page.locator('[data-save]').click()
    await page.waitForURL(/\/manifests\/[0-9a-f-]{36}$/).catch(async () => {
      throw new Error(await complaint(page))
    })
    const manifest = page.url().split('/').pop()
    const manager = await as(await loginOf('manager', (await accountOf('clerk')).org))
    await manager.go(`/manifests/${manifest}`)
    await manager.page.getByRole('button', { name: '作废' }).click()
    await manager.page.locator('dialog textarea').fill('重复拟制')
    await manager.page.locator('dialog input[type="password"]').fill(manager.password)
    await manager.page.locator('dialog button[type="submit"]').click()
    await manager.page.locator('dialog').waitFor({ state: 'detached' }).catch(async () => {
      throw new Error(await complaint(manager.page))
    })
    assert.equal((await manager.api(`/manifests/${manifest}`)).status, 'voided')
    assert.equal((await manager.api(`/ledger/lots/${id}`)).status, 'stored')
  })

  it('an import with errors says row, column, rule and remedy, and writes nothing', async () => {
    const who = await as(await loginOf('system_admin'))
    const { page } = who
    const template = await page.context().request.get(`${URL_}/api/registry/orgs/template?format=csv`)
    const [header] = (await template.text()).replace(/^\ufeff/, '').split(/\r?\n/)
    const total = (await who.api('/registry/orgs?limit=1')).total
    const wide = header.split(',').map((name) => (/名称/.test(name) && !/英文/.test(name) ? '错误单位' : /信用代码/.test(name) ? '91320281MA1NQWAN0B' : '')).join(',')
    await who.go('/registry/orgs/import')
    await settled(page)
    await page.locator('[data-import-file]').setInputFiles({ name: 'orgs.csv', mimeType: 'text/csv', buffer: Buffer.from(`${header}\r\n${wide}\r\n`) })
    await page.locator('.banner.bad').waitFor()
    assert.ok((await page.locator('tbody tr').count()) >= 1)
    await shot(page, 'flows-import')
    assert.equal((await who.api('/registry/orgs?limit=1')).total, total)
  })

  it('a change over a newer version is refused and says so', async () => {
    const who = await as(await loginOf('system_admin'))
    const { page } = who
    const org = (await who.api('/registry/orgs?limit=1')).items[0].id
    const other = await who.context.newPage()
    await who.go(`/registry/orgs/${org}/edit`)
    await other.goto(`${URL_}/registry/orgs/${org}/edit`)
    for (const [at, text] of [[other, '甲'], [page, '乙']]) {
      await at.locator('#f-note').waitFor()
      await at.locator('#f-note').fill(`并发试验 ${text} ${Date.now()}`)
    }
    await other.locator('button[type="submit"]').click()
    await other.waitForURL(`**/registry/orgs/${org}`)
    await page.locator('button[type="submit"]').click()
    await page.locator('[data-summary]').waitFor()
    assert.match(await page.locator('[data-summary]').innerText(), /更新|版本/)
    await other.close()
  })

  it('an inspector unmasks personal data only with a purpose', async () => {
    const who = await as(await loginOf('inspector'))
    const { page } = who
    const crew = (await who.api('/registry/crew?limit=1')).items[0].id
    await who.go(`/registry/crew/${crew}`)
    await settled(page)
    await page.getByRole('button', { name: '查阅原文' }).click()
    await page.locator('dialog input').fill('双随机检查 2026-11')
    await page.locator('dialog button[type="submit"]').click()
    await page.locator('.banner.info', { hasText: '脱敏' }).waitFor({ state: 'detached' })
    assert.ok(!(await page.locator('.facts').innerText()).includes('*'), 'nothing is masked any more')
  })

  it('the second factor is set up with a code and asked for at the next sign-in', async () => {
    const login = 'steward' // nobody signs in as the agent afterwards
    const who = await as(login)
    const { page } = who
    await who.go('/me')
    await page.locator('#f-password').fill(who.password)
    await page.getByRole('button', { name: '启用双因素' }).click()
    const secret = (await page.locator('.qr code').innerText()).trim()
    await page.locator('#f-code').fill(totp(secret))
    await page.locator('.qr button[type="submit"]').click()
    await page.getByText('已启用').first().waitFor()
    const again = await person(browser, null)
    await again.go('/sign-in')
    await again.page.locator('input[autocomplete="username"]').fill(login)
    await again.page.locator('input[type="password"]').fill(who.password)
    await again.page.locator('button[type="submit"]').click()
    await again.page.locator('input[autocomplete="one-time-code"]').waitFor()
    await again.close()
  })

  it('filters are kept under a name', async () => {
    const who = await as(await loginOf('department'))
    const { page } = who
    await who.go('/manifests?status=draft')
    await page.getByRole('button', { name: '保存筛选' }).click()
    await page.locator('dialog input').fill('草稿')
    await page.locator('dialog button[type="submit"]').click()
    await who.go('/manifests')
    await page.locator('.saved button', { hasText: '草稿' }).click()
    await page.waitForURL(/status=draft/)
  })

  it('the language is kept', async () => {
    const context = await browser.newContext({ locale: 'zh-CN' })
    const page = await context.newPage()
    await page.goto(`${URL_}/sign-in`)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en')
    await context.close()
  })
})
