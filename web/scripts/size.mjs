// Budget of the first load, from the built manifest: everything that a page needs before it works (entry, its
// imports, the language, the page's chunk and its imports), as gzip. Exits 1 above the budget.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))
const gz = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length

function closure(keys, seen = new Set()) {
  for (const key of keys) {
    if (seen.has(key)) continue
    seen.add(key)
    closure(manifest[key]?.imports ?? [], seen)
  }
  return seen
}

const entry = 'admin.html'
const page = (name) => `src/admin/pages/${name}.vue`
const SHELL = 'src/admin/shell/AppShell.vue'
const routes = [
  ['sign-in', [page('SignIn')], 150_000],
  ['workbench', [SHELL, page('Workbench')], 240_000],
  ['generation flow', [SHELL, page('ledger/Generate')], 240_000],
  ['containers list', [SHELL, page('ledger/Lots')], 240_000],
  ['treatment form', [SHELL, page('ledger/Treat')], 240_000],
  ['trace', [SHELL, page('ledger/Trace')], 240_000],
  ['manifests list', [SHELL, page('transfer/Manifests')], 240_000],
  ['manifest form', [SHELL, page('transfer/ManifestForm')], 240_000],
  ['manifest', [SHELL, page('transfer/Manifest')], 240_000],
  ['registry form', [SHELL, page('registry/RecordForm')], 240_000],
  ['proof', [SHELL, page('proof/Event')], 240_000],
]
const phone = (name) => `src/m/pages/${name}.vue`
routes.push(['phone: sign-in', [phone('SignIn')], 70_000, 'm.html'], ['phone: today', [phone('Today')], 70_000, 'm.html'])
let failed = false
for (const [name, pages, budget, from = entry] of routes) {
  const sizes = ['zh-CN', 'en'].map((name) => `src/shared/i18n/${name}/${from === entry ? 'index' : 'phone'}.ts`).map((lang) => {
    const keys = closure([from, lang, ...pages])
    const missing = [...keys].filter((key) => !manifest[key])
    if (missing.length > 0) throw new Error(`not in the manifest: ${missing.join(', ')}`)
    const js = [...keys].map((key) => manifest[key].file).filter((file) => file.endsWith('.js'))
    const css = [...new Set([...keys].flatMap((key) => manifest[key].css ?? []))]
    return { js: [...new Set(js)].reduce((sum, file) => sum + gz(file), 0), css: css.reduce((sum, file) => sum + gz(file), 0) }
  })
  const js = Math.max(...sizes.map((one) => one.js))
  const css = Math.max(...sizes.map((one) => one.css))
  const ok = js <= budget
  failed ||= !ok
  console.log(`${ok ? 'ok  ' : 'OVER'} ${name.padEnd(18)} js ${(js / 1000).toFixed(1).padStart(6)} kB  css ${(css / 1000).toFixed(1).padStart(5)} kB  budget ${budget / 1000} kB (gzip)`)
}
process.exit(failed ? 1 : 0)
