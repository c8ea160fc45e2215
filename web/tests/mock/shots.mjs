// Pictures of the pages on the mock: node tests/mock/shots.mjs [name…] — for looking, not for testing.
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { PAGES } from '../../e2e/lib/pages.mjs'
import { start } from './server.mjs'

const wanted = process.argv.slice(2).filter((one) => !one.startsWith('-'))
const langs = process.argv.includes('--en') ? ['en'] : ['zh-CN']
const widths = process.argv.includes('--phone') ? [390] : process.argv.includes('--both') ? [1440, 390] : [1440]
const ids = { lot: '0193a000-0000-7000-8000-000000000100', manifest: '0193a000-0000-7000-8000-000000000500', org: '0193a000-0000-7000-8000-000000000001', account: '0193a000-0000-7000-8000-000000000060', event: '7', vehicle: '0193a000-0000-7000-8000-000000002000', warning: '0193a000-0000-7000-8000-000000004001', moving: '0193a000-0000-7000-8000-000000000502' }
const { server, url } = await start()
mkdirSync('test-results/mock', { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
const extra = [500, 501, 502, 503, 505].map((n) => ({ name: `manifest-${n}`, path: () => `/manifests/0193a000-0000-7000-8000-000000000${n}` })).concat([{ name: 'carrier-part', path: () => '/manifests/0193a000-0000-7000-8000-000000000501/carrier' }, { name: 'receiver-part', path: () => '/manifests/0193a000-0000-7000-8000-000000000503/receiver' }])
for (const lang of langs) for (const width of widths) {
  const context = await browser.newContext({ viewport: { width, height: width > 700 ? 900 : 844 }, locale: lang })
  await context.addInitScript((l) => localStorage.setItem('wufei.lang', l), lang)
  for (const page_ of [...PAGES, ...extra]) {
    if (wanted.length > 0 && !wanted.includes(page_.name)) continue
    const page = await context.newPage()
    page.on('console', (m) => m.type() === 'error' && console.log(page_.name, m.text()))
    page.on('pageerror', (e) => console.log(page_.name, 'pageerror', e.message))
    await page.goto(url + page_.path(ids), { waitUntil: 'domcontentloaded' })
    // Pages with live events never stop talking: what counts is that nothing is loading any more.
    await page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.load'))
    await page.waitForTimeout(400)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (overflow > 0) console.log(page_.name, width, 'overflows by', overflow)
    await page.screenshot({ path: `test-results/mock/${page_.name}-${width}-${lang}.png`, fullPage: true })
    await page.close()
  }
  await context.close()
}
await browser.close()
server.close()
