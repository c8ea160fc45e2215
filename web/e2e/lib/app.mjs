// What the browser specs share: a browser, a signed-in page per role, and the API as that person.
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const URL_ = process.env.WUFEI_URL ?? 'http://127.0.0.1:8320'
export const RESULTS = fileURLToPath(new URL('../../test-results/', import.meta.url))
mkdirSync(RESULTS, { recursive: true })

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export async function launch() {
  const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((one) => existsSync(one))
  if (!executablePath) throw new Error('no Chromium found: install the package "chromium", or set CHROMIUM to its program')
  return chromium.launch({ executablePath, args: FLAGS })
}

let demo = null
/** The demonstration's accounts and their password. */
export async function demoAccounts() {
  demo ??= await (await fetch(`${URL_}/api/demo/accounts`)).json()
  return demo
}

export async function accountOf(role, org) {
  const { accounts } = await demoAccounts()
  const found = accounts.find((one) => one.role === role && (!org || one.org === org)) ?? accounts.find((one) => one.role === role)
  if (!found) throw new Error(`the demonstration has no ${role}`)
  return found
}

/** A person in a browser: context with a session, a page, and calls as that person. */
export async function person(browser, login, { lang = 'zh-CN', width = 1440, height = 900 } = {}) {
  const { password } = await demoAccounts()
  const context = await browser.newContext({ viewport: { width, height }, locale: lang, acceptDownloads: true, reducedMotion: 'reduce' })
  await context.addInitScript((l) => localStorage.setItem('wufei.lang', l), lang)
  const page = await context.newPage()
  const errors = []
  watch(page, errors)
  if (login) {
    await page.goto(`${URL_}/sign-in`)
    await page.locator(`[data-login="${login}"]`).first().click()
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'), { timeout: 20_000 })
  }
  return {
    context, page, errors, password, login,
    go: (path) => page.goto(URL_ + path, { waitUntil: 'domcontentloaded' }),
    api: async (path) => {
      const response = await context.request.get(`${URL_}/api${path}`, { headers: { Accept: 'application/json' } })
      if (!response.ok()) throw new Error(`GET ${path}: ${response.status()} ${await response.text()}`)
      return response.json()
    },
    close: () => context.close(),
  }
}

/** Collects console errors, uncaught errors and requests that leave the origin. */
export function watch(page, errors) {
  const origin = new URL(URL_).origin
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    const text = message.text()
    // The browser itself reports every answer of 400 and more; those are shown to the person and tested elsewhere.
    if (!/Failed to load resource/.test(text)) errors.push(`console: ${text}`)
  })
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('blob:')) errors.push(`left the origin: ${url}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 500) errors.push(`answered ${response.status()}: ${response.url()}`)
  })
}

/** Waits until nothing is loading any more. */
export async function settled(page) {
  await page.waitForLoadState('networkidle')
  await page.locator('.load').first().waitFor({ state: 'detached', timeout: 15_000 }).catch(() => undefined)
}

/** Waits until the page stands: its title is there and no skeleton is left. Quicker than `settled`, for looking only. */
export async function shown(page) {
  await page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.load'), undefined, { timeout: 20_000 })
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}

export async function shot(page, name) {
  await page.screenshot({ path: `${RESULTS}${name}.png`, fullPage: true })
}

/** Downloads by a click and answers the bytes. */
export async function downloaded(page, locator) {
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 30_000 }), locator.click()])
  const stream = await download.createReadStream()
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) }
}

/** The text of the error summary on the page, for a failing test's message. */
export async function complaint(page) {
  return (await page.locator('[data-summary], .state').allInnerTexts()).join(' | ')
}
