// The main job, played in the browser by the people who do it: generation with labels, storage, manifest, three
// signatures, one refused container and its return, treatment with a residue; then the trace adds up to the gram and
// the inclusion proof verifies in the page.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accountOf, complaint, demoAccounts, downloaded, launch, person, RESULTS, settled, shot } from './lib/app.mjs'

const MASSES = ['182.500', '200', '150.255']
const ACCEPTED = ['182.480', '150.255']
const state = { lots: [], code: '', manifest: '', received: [] }
let browser
const people = {}

async function as(role, org) {
  const account = await accountOf(role, org)
  people[account.login] ??= await person(browser, account.login)
  return people[account.login]
}

/** Waits for the page that a step leads to; when it does not come, says what the page complains of. */
async function reached(who, promise) {
  await promise.catch(async (error) => {
    await shot(who.page, 'main-job-failed')
    throw new Error(`${await complaint(who.page)} (${error.message.split('\n')[0]})`)
  })
}

async function sign(who, step) {
  const { page } = who
  await who.go(`/manifests/${state.manifest}`)
  await settled(page)
  const button = page.locator(`[data-sign-step="${step}"]`)
  await reached(who, button.waitFor({ timeout: 10_000 }))
  await button.click()
  const dialog = page.locator('dialog')
  await dialog.locator('input[type="password"]').waitFor({ timeout: 15_000 }).catch(async () => {
    throw new Error(`signing ${step} is blocked: ${await dialog.innerText()}`)
  })
  assert.ok((await dialog.locator('[data-sign-hash]').innerText()).length >= 8, 'the dialog shows the content hash')
  await page.screenshot({ path: `${RESULTS}main-job-sign-${step}.png` })
  await dialog.locator('input[type="password"]').fill(who.password)
  await dialog.locator('[data-sign]').click()
  await reached(who, dialog.waitFor({ state: 'detached', timeout: 20_000 }))
  return who.api(`/manifests/${state.manifest}`)
}

describe('the main job', { concurrency: false }, () => {
  before(async () => {
    browser = await launch()
  })
  after(async () => {
    const errors = Object.values(people).flatMap((one) => one.errors)
    await browser?.close()
    assert.deepEqual(errors, [], 'no console error, no request off the origin')
  })

  it('finds a waste that plan and licence allow', async () => {
    const clerk = await as('clerk')
    const receiver = await accountOf('receiver_manager')
    const plans = (await clerk.api('/registry/plans?limit=50')).items
    const year = new Date().getFullYear()
    const planned = plans.filter((plan) => plan.row.status === 'filed' && Number(plan.row.year) === year).flatMap((plan) => plan.row.lines.map((line) => ({ code: line.waste_code, site: plan.row.site_id })))
    const options = await clerk.api('/manifests/options')
    const target = options.receivers.find((one) => one.name === receiver.org)
    assert.ok(target, `${receiver.org} can be chosen as receiver`)
    const codes = JSON.stringify(target)
    const fits = planned.find(({ code }) => codes.includes(code) || codes.includes(`HW${code.slice(-2)}`))
    assert.ok(fits, 'a planned code that the receiver may take')
    Object.assign(state, { code: fits.code, site: fits.site, receiver: receiver.org, consignor: (await accountOf('clerk')).org })
  })

  it('a clerk records generation of three containers and prints a label', async () => {
    const clerk = await as('clerk')
    const { page } = clerk
    await clerk.go('/generate')
    await settled(page)
    const site = page.locator('#f-site_id')
    if (await site.count()) await site.selectOption(state.site)
    await page.locator('#f-waste_code').fill(state.code)
    await page.locator('[role="option"]', { hasText: state.code }).first().click()
    await page.locator('#f-internal_name').fill('端到端试验废物')
    await page.locator('#f-form').selectOption('liquid')
    const facility = page.locator('#f-generating_facility_id')
    if (!(await facility.inputValue())) await facility.selectOption({ index: 1 })
    await shot(page, 'main-job-generate-1')
    await page.locator('button[type="submit"]').click()
    await reached(clerk, page.locator('#f-packaging').waitFor())
    await page.locator('#f-packaging').selectOption('drum')
    await page.locator('#f-capacity_ml').fill('200')
    await page.locator('#f-components').fill('总铬、镍')
    const storage = page.locator('#f-storage_facility_id')
    if (!(await storage.inputValue())) await storage.selectOption({ index: 1 })
    await page.locator('button[type="submit"]').click()
    for (const [i, mass] of MASSES.entries()) {
      if (i > 0) await page.getByRole('button', { name: '再加一个容器' }).click()
      await page.locator(`#f-containers-${i}-mass_g`).fill(mass)
    }
    await page.locator('button[type="submit"]').click()
    await page.getByText('核对后登记').waitFor()
    await shot(page, 'main-job-generate-check')
    await page.getByRole('button', { name: '登记 3 个容器' }).click()
    await reached(clerk, page.locator('[data-done]').waitFor({ timeout: 20_000 }))
    await shot(page, 'main-job-generate-done')
    assert.match(await page.locator('[data-batch]').innerText(), /^HWCS\d{11}$/)
    const links = page.locator('[data-container]')
    assert.equal(await links.count(), 3)
    for (const link of await links.all()) state.lots.push({ id: (await link.getAttribute('href')).split('/').pop(), code: await link.getAttribute('data-container') })
    const label = await downloaded(page, page.locator('[data-label-pdf]').first())
    assert.equal(label.bytes.subarray(0, 5).toString(), '%PDF-')
    assert.ok(label.bytes.length > 2000)
  })

  it('the label leads back to the container, in each of three sizes', async () => {
    const clerk = await as('clerk')
    const { page } = clerk
    await clerk.go(`/label/${state.lots[0].code}`)
    await page.waitForURL(`**/lots/${state.lots[0].id}`)
    await settled(page)
    for (const size of ['100', '150', '200']) {
      const label = await downloaded(page, page.locator(`[data-label-size="${size}"]`))
      assert.equal(label.bytes.subarray(0, 5).toString(), '%PDF-', size)
    }
    await clerk.go('/scan')
    await page.locator('#typed-code').fill(state.lots[1].code)
    await page.getByRole('button', { name: '查找' }).click()
    await page.waitForURL(`**/lots/${state.lots[1].id}`)
  })

  it('the clerk takes the containers out of storage and drafts a manifest', async () => {
    const clerk = await as('clerk')
    const { page } = clerk
    await clerk.go(`/storage/out?lots=${state.lots.map((lot) => lot.id).join(',')}`)
    await settled(page)
    await reached(clerk, page.locator(`[data-lot="${state.lots[0].id}"]`).waitFor())
    for (const lot of state.lots) assert.ok(await page.locator(`[data-lot="${lot.id}"]`).isChecked())
    await page.locator('#f-purpose').selectOption('transfer')
    await page.locator('button[type="submit"]').click()
    await reached(clerk, page.locator('[data-done]').waitFor())
    assert.match(await page.locator('[data-batch]').innerText(), /^HWCK\d{11}$/)
    await page.getByRole('link', { name: '用这些容器拟制联单' }).click()
    await page.waitForURL('**/manifests/new**')
    await settled(page)
    await reached(clerk, page.locator(`[data-lot="${state.lots[0].id}"]:checked`).waitFor())
    await page.locator('label.opt', { hasText: state.receiver }).locator('input').check()
    // The methods that the receiver's licence names come first.
    await page.locator('#f-consignor_part-lines-0-method_code').selectOption({ index: 1 })
    await page.locator('#f-carrier_org_id').selectOption({ label: (await accountOf('dispatcher')).org })
    await page.locator('#f-consignor_part-handler_phone').fill('13800000001')
    await page.locator('#f-consignor_part-emergency_phone').fill('0510-86000000')
    await shot(page, 'main-job-manifest-form')
    await page.locator('[data-review]').click()
    await reached(clerk, page.locator('[data-save]').waitFor())
    await shot(page, 'main-job-manifest-check')
    await page.locator('[data-save]').click()
    await reached(clerk, page.waitForURL(/\/manifests\/[0-9a-f-]{36}$/, { timeout: 20_000 }))
    state.manifest = page.url().split('/').pop()
    const doc = await clerk.api(`/manifests/${state.manifest}`)
    assert.equal(doc.status, 'draft')
    assert.equal(doc.containers, 3)
    assert.equal(doc.mass_g, 532_755)
  })

  it('the manager signs as consignor; the number comes and the lines are sealed', async () => {
    const doc = await sign(await as('manager', state.consignor), 'consignor')
    assert.equal(doc.status, 'awaiting_carrier')
    assert.match(doc.number ?? '', /^\d{14}$/)
  })

  it('the carrier fills vehicle and crew and signs at departure', async () => {
    const dispatcher = await as('dispatcher')
    const { page } = dispatcher
    await dispatcher.go(`/manifests/${state.manifest}`)
    await settled(page)
    await page.locator('[data-fill-part]').click()
    await page.waitForURL('**/carrier')
    await settled(page)
    const driver = (await accountOf('driver')).person
    await page.locator('#f-vehicle_id').selectOption({ index: 1 })
    const drivers = page.locator('#f-driver_id')
    const names = await drivers.locator('option').allInnerTexts()
    await drivers.selectOption({ index: Math.max(1, names.findIndex((name) => name.startsWith(driver))) })
    await page.locator('#f-escort_id').selectOption({ index: 1 })
    await page.locator('#f-from').fill('江阴市周庄镇')
    await page.locator('#f-to').fill('江阴市临港')
    await page.locator('button[type="submit"]').click()
    await reached(dispatcher, page.waitForURL(`**/manifests/${state.manifest}`))
    const doc = await sign(dispatcher, 'carrier')
    assert.equal(doc.status, 'in_transit')
  })

  it('arrival is recorded', async () => {
    const doc = await sign(await as('dispatcher'), 'arrival')
    assert.equal(doc.status, 'arrived')
  })

  it('the receiver weighs each container, refuses one, and the manager signs', async () => {
    const scale = await as('scale', state.receiver)
    const { page } = scale
    await scale.go(`/manifests/${state.manifest}`)
    await settled(page)
    await page.locator('[data-fill-part]').click()
    await page.waitForURL('**/receiver')
    await settled(page)
    const row = (i) => page.locator(`[data-receive="${state.lots[i].id}"]`)
    await row(0).locator('input').fill(ACCEPTED[0])
    await row(1).locator('[data-decision="refuse"]').click()
    await row(2).locator('input').fill(ACCEPTED[1])
    await page.locator('#f-lines-0-reason').fill('包装破损,有渗漏')
    await shot(page, 'main-job-receive')
    await page.locator('button[type="submit"]').click()
    await reached(scale, page.waitForURL(`**/manifests/${state.manifest}`))
    const doc = await sign(await as('receiver_manager', state.receiver), 'receiver')
    assert.equal(doc.status, 'partially_refused')
  })

  it('the consignor confirms that the refused container is back', async () => {
    const manager = await as('manager', state.consignor)
    const doc = await sign(manager, 'return')
    assert.equal(doc.status, 'returned')
    const lot = await manager.api(`/ledger/lots/${state.lots[1].id}`)
    assert.equal(lot.status, 'stored')
    assert.equal(lot.remaining_g, 200_000)
    const { page } = manager
    await manager.go(`/manifests/${state.manifest}`)
    await settled(page)
    await shot(page, 'main-job-manifest-done')
    for (const kind of ['document', 'waybill']) {
      const pdf = await downloaded(page, page.locator(`[data-pdf="${kind}"]`))
      assert.equal(pdf.bytes.subarray(0, 5).toString(), '%PDF-', kind)
    }
  })

  it('the receiver treats what came: an unbalanced record is refused, a balanced one is kept', async () => {
    const scale = await as('scale', state.receiver)
    const { page } = scale
    const stock = (await scale.api('/ledger/lots?status=stored&limit=200')).items
    state.received = stock.filter((lot) => lot.source_manifest_id === state.manifest).map((lot) => lot.id)
    assert.equal(state.received.length, 2, 'both accepted containers are in stock')
    await scale.go(`/treat?lots=${state.received.join(',')}`)
    await settled(page)
    await reached(scale, page.locator(`[data-lot="${state.received[0]}"]:checked`).waitFor())
    const { consignor_part: part } = await scale.api(`/manifests/${state.manifest}`)
    await page.locator('#f-method_code').selectOption(part.lines[0].method_code)
    await page.locator('[data-add-residue]').click()
    await page.locator('#f-residues-0-waste_code').fill('772-003-18')
    await page.locator('[role="option"]', { hasText: '772-003-18' }).first().click()
    await page.locator('#f-residues-0-name').fill('焚烧飞灰')
    await page.locator('#f-residues-0-mass_g').fill('31.245')
    await page.locator('#f-residues-0-form').selectOption('solid')
    await page.locator('#f-residues-0-packaging').selectOption('bag')
    await page.locator('#f-residues-0-capacity_ml').fill('1000')
    await page.locator('button[type="submit"]').last().click()
    await page.locator('[data-summary]').waitFor()
    assert.ok(await page.locator('[data-unbalanced]').isVisible(), 'the page refuses what does not balance')
    await page.locator('[data-fill]').click()
    await page.locator('[data-balanced]').waitFor()
    await shot(page, 'main-job-treat')
    await page.locator('button[type="submit"]').last().click()
    await reached(scale, page.locator('[data-done]').waitFor({ timeout: 20_000 }))
  })

  it('the bureau traces every gram', async () => {
    const bureau = await as('department')
    const { page } = bureau
    await bureau.go(`/trace/${state.lots[0].id}?view=graph`)
    await settled(page)
    await reached(bureau, page.locator('[data-adds-up]').waitFor())
    await shot(page, 'main-job-trace')
    assert.equal(await page.locator('[data-adds-up]').getAttribute('data-adds-up'), 'true')
    assert.ok((await page.locator('[data-node]').count()) >= 4)
    const trace = await bureau.api(`/ledger/lots/${state.lots[0].id}/trace?direction=both`)
    const sum = (list) => list.reduce((total, one) => total + one.mass_g, 0)
    assert.equal(sum(trace.origins), 182_500)
    assert.equal(sum(trace.ends), 182_500)
    await page.locator('[data-node]').last().press('Enter')
  })

  it('and proves in the page that the signature is in the log', async () => {
    const bureau = await as('department')
    const { page } = bureau
    await bureau.go(`/manifests/${state.manifest}`)
    await settled(page)
    await reached(bureau, page.locator('[data-proof-link]').first().waitFor())
    await page.locator('[data-proof-link]').first().click()
    await page.waitForURL('**/proof/events/**')
    await reached(bureau, page.locator('[data-verdict="ok"]').waitFor({ timeout: 15_000 }))
    await shot(page, 'main-job-proof')
    assert.equal((await demoAccounts()).accounts.length >= 4, true)
  })
})
