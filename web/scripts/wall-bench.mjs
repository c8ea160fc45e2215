// How the wall page bears many vehicles: node scripts/wall-bench.mjs [VEHICLES] [SECONDS]. Serves the built
// pages with made-up positions, every vehicle moving once a second, opens the
// screen at 1920 × 1080 in headless Chromium, and prints one line of JSON: the time until every block is drawn (three
// times, cold), the share of a core that the page's own process uses afterwards, and how far things jumped. Exits 1 above
// 2.5 s or 15 %. Needs `npm run build` and Chromium.
import { cpus } from 'node:os'
import { chromium } from 'playwright-core'
import { start } from '../tests/mock/server.mjs'

const vehicles = Number(process.argv[2] ?? 2000)
const seconds = Number(process.argv[3] ?? 30)
const FIRST = 2500
const SHARE = 15
const { server, url } = await start(0, { fleet: vehicles, every: 1000, share: 1 })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const errors = []

async function open() {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: 'zh-CN' })
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  await page.addInitScript(() => {
    globalThis.jumps = 0
    new PerformanceObserver((list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) globalThis.jumps += one.value })).observe({ type: 'layout-shift', buffered: true })
  })
  const begun = Date.now()
  await page.goto(`${url}/screen`, { waitUntil: 'commit' })
  await Promise.all([page.waitForSelector('[data-block="map"] .ol-viewport canvas'), page.waitForSelector('[data-block="flow"] svg .band'), page.waitForSelector('[data-block="stock"] [data-category]'), page.waitForSelector('[data-block="warnings"] [data-severity]')])
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  return { context, page, first: Date.now() - begun }
}
const system = await browser.newBrowserCDPSession()
/** Seconds of processor time of this browser's processes that draw pages; those of other browsers do not count. */
async function spent() {
  const { processInfo } = await system.send('SystemInfo.getProcessInfo')
  return processInfo.filter((one) => one.type === 'renderer').reduce((sum, one) => sum + one.cpuTime, 0)
}
const firsts = []
for (let i = 0; i < 2; i += 1) {
  const one = await open()
  firsts.push(one.first)
  await one.context.close()
}
const last = await open()
firsts.push(last.first)
await last.page.waitForSelector('[data-connection][data-state="live"]')
await last.page.waitForTimeout(6000)
const cdp = await last.context.newCDPSession(last.page)
await cdp.send('Performance.enable')
const metrics = async () => Object.fromEntries((await cdp.send('Performance.getMetrics')).metrics.map((one) => [one.name, one.value]))
const [before, from, at] = [await metrics(), await spent(), Date.now()]
await last.page.waitForTimeout(seconds * 1000)
const [after, to] = [await metrics(), await spent()]
const passed = (Date.now() - at) / 1000
const percent = (part) => Math.round((part / passed) * 1000) / 10
const result = {
  vehicles, seconds, processors: cpus().length, gpu: false, first_view_ms: firsts, first_view_median_ms: [...firsts].sort((a, b) => a - b)[1],
  page_core_percent: percent(to - from), main_thread_percent: percent(after.TaskDuration - before.TaskDuration), script_percent: percent(after.ScriptDuration - before.ScriptDuration), layout_percent: percent(after.LayoutDuration + after.RecalcStyleDuration - before.LayoutDuration - before.RecalcStyleDuration),
  layout_shift: Math.round((await last.page.evaluate(() => globalThis.jumps)) * 1000) / 1000, errors: errors.length,
}
result.ok = result.first_view_median_ms <= FIRST && result.page_core_percent <= SHARE && errors.length === 0
console.log(JSON.stringify(result))
if (errors.length > 0) console.error(errors.join('\n'))
if (process.env.WALL_SHOT) await last.page.screenshot({ path: process.env.WALL_SHOT })
await browser.close()
server.close()
server.closeAllConnections()
process.exit(result.ok ? 0 : 1)
