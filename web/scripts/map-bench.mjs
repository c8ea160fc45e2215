// How the city map bears many vehicles: node scripts/map-bench.mjs [VEHICLES] [SECONDS]. Serves the built pages with made-up
// positions, one event a second in which every vehicle moves, opens the map in headless Chromium and prints one line of
// JSON. Exits 1 when the median frame is longer than 100 ms. Needs `npm run build` and Chromium.
import { cpus } from 'node:os'
import { chromium } from 'playwright-core'
import { start } from '../tests/mock/server.mjs'

const vehicles = Number(process.argv[2] ?? 2000)
const seconds = Number(process.argv[3] ?? 20)
const BUDGET = 100
const { server, url } = await start(0, { fleet: vehicles, every: 1000, share: 1 })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
const errors = []
page.on('pageerror', (error) => errors.push(error.message))
await page.goto(`${url}/map`, { waitUntil: 'domcontentloaded' })
await page.waitForSelector('[data-connection][data-state="live"]')
await page.waitForSelector('.ol-viewport canvas')
await page.waitForTimeout(3000)

/** Lengths of all frames while something runs, and how long a click waits for its answer. */
const watch = (ms) => page.evaluate(async (length) => {
  const frames = []
  const long = []
  const observer = new PerformanceObserver((list) => list.getEntries().forEach((one) => long.push(one.duration)))
  observer.observe({ entryTypes: ['longtask'] })
  await new Promise((done) => {
    const begun = performance.now()
    let before = begun
    const step = (now) => {
      frames.push(now - before)
      before = now
      if (now - begun < length) requestAnimationFrame(step)
      else done()
    }
    requestAnimationFrame(step)
  })
  observer.disconnect()
  return { frames: frames.slice(1), long }
}, ms)
const share = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0
const round = (value) => Math.round(value * 10) / 10
const sum = ({ frames, long }) => ({ frames: frames.length, median_frame_ms: round(share(frames, 0.5)), p95_frame_ms: round(share(frames, 0.95)), longest_frame_ms: round(Math.max(...frames)), long_tasks: long.length })

const still = sum(await watch(seconds * 1000))
const box = await page.locator('.ol-viewport').boundingBox()
const dragging = watch(6000)
for (let i = 0; i < 5; i += 1) {
  await page.mouse.move(box.x + 300, box.y + 300)
  await page.mouse.down()
  for (let k = 1; k <= 12; k += 1) await page.mouse.move(box.x + 300 + k * 12 * (i % 2 ? -1 : 1), box.y + 300 + k * 6)
  await page.mouse.up()
  await page.mouse.wheel(0, i % 2 ? 240 : -240)
  await page.waitForTimeout(300)
}
const moved = sum(await dragging)
const row = page.locator('[data-vehicle]').nth(3)
const asked = Date.now()
await row.click()
await page.waitForSelector('[data-card="vehicle"]')
const click_ms = Date.now() - asked
const result = { vehicles, seconds, processors: cpus().length, gpu: false, still, while_dragging: moved, click_to_card_ms: click_ms, errors: errors.length, ok: still.median_frame_ms <= BUDGET && errors.length === 0 }
console.log(JSON.stringify(result))
if (errors.length > 0) console.error(errors.join('\n'))
await browser.close()
server.close()
server.closeAllConnections()
process.exit(result.ok ? 0 : 1)
