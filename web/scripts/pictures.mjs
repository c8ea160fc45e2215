// The pictures of the README, taken from a running demonstration: WUFEI_URL=http://127.0.0.1:8320 node
// scripts/pictures.mjs [zh-CN]. They go to docs/images and are looked at before they are committed. Those in Chinese have
// the language in their name.
import assert from 'node:assert/strict'
import { mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { accountOf, launch, person, settled } from '../e2e/lib/app.mjs'

const OUT = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const lang = process.argv[2] ?? 'en'
/** A picture is small enough for a page that many people load. */
const MOST = 250_000

/** What is shown: the page, who sees it, how large, and what has to be there first. */
const PICTURES = [
  { name: 'map', role: 'department', path: async () => '/map', size: [1160, 680], wait: 6000 },
  { name: 'manifest', role: 'department', path: async (who) => `/manifests/${(await first(who, '/manifests?status=accepted&limit=1'))}`, size: [1160, 760] },
  { name: 'trace', role: 'department', path: async (who) => `/trace/${await traced(who)}`, size: [1160, 760] },
]

async function first(who, path) {
  const { items } = await who.api(path)
  assert.ok(items[0], `${path} answers a row`)
  return items[0].id
}

/** A container that came from somewhere and went somewhere. */
async function traced(who) {
  const { items } = await who.api('/ledger/lots?status=consumed&limit=20')
  return (items.find((one) => one.source_manifest_id) ?? items[0]).id
}

mkdirSync(OUT, { recursive: true })
const browser = await launch()
try {
  for (const one of PICTURES) {
    const [width, height] = one.size
    const who = await person(browser, (await accountOf(one.role)).login, { lang, width, height })
    await who.go(await one.path(who))
    await settled(who.page).catch(() => undefined)
    await who.page.waitForTimeout(one.wait ?? 600)
    const path = `${OUT}${one.name}${lang === 'en' ? '' : `.${lang}`}.png`
    await who.page.screenshot({ path })
    const { size } = statSync(path)
    assert.ok(size < MOST, `${path} has ${size} bytes, more than ${MOST}`)
    console.log(`${path} ${size}`)
    await who.close()
  }
} finally {
  await browser.close()
}
