// Vite plugin for the phone page: writes `m/sw.js` with the list of everything the `m` entry may load — entry, chunks
// it imports now or later, their styles and pictures, the page itself, files of `public/m` — and a digest of their
// contents, so that a new build is a new version. In development it serves the page for its addresses.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

interface Chunk { file: string; imports?: string[]; dynamicImports?: string[]; css?: string[]; assets?: string[] }
export type Manifest = Record<string, Chunk>

/** Every file that the entry may ask for, sorted, as paths from the root; `never` names modules that it does not load. */
export function filesOf(manifest: Manifest, entry: string, never: string[] = []): string[] {
  if (!manifest[entry]) throw new Error(`${entry} is not in the build's manifest`)
  const seen = new Set<string>()
  const files = new Set<string>()
  const walk = (key: string): void => {
    if (seen.has(key) || never.includes(key)) return
    seen.add(key)
    const chunk = manifest[key]
    if (!chunk) throw new Error(`${key} is not in the build's manifest`)
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(`/${file}`)
    for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) walk(next)
  }
  walk(entry)
  return [...files].sort()
}

/** Digest over names and contents: the same build gives the same version. */
export function versionOf(parts: [name: string, content: Uint8Array | string][]): string {
  const hash = createHash('sha256')
  for (const [name, content] of [...parts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const bytes = Buffer.from(content)
    hash.update(`${name}\n${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex').slice(0, 16)
}

/** The worker with its two constants filled in. */
export function workerOf(template: string, version: string, files: string[]): string {
  const filled = template.replace("'__VERSION__'", JSON.stringify(version)).replace('__FILES__', JSON.stringify(files))
  if (filled.includes('__VERSION__') || filled.includes('__FILES__')) throw new Error('the worker keeps a placeholder')
  return filled
}

export function precache(options: { entry: string; page: string; worker: string; folder: string; never?: string[] }): Plugin {
  let out = 'dist'
  return {
    name: 'wufei-precache',
    configResolved(config) {
      out = config.build.outDir
    },
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = (request.url ?? '').split('?')[0]!
        if (/^\/m(\/|$)/.test(path) && !path.split('/').at(-1)!.includes('.')) request.url = `/${options.entry}`
        next()
      })
    },
    writeBundle() {
      const manifest = JSON.parse(readFileSync(join(out, '.vite/manifest.json'), 'utf8')) as Manifest
      const hashed = filesOf(manifest, options.entry, options.never)
      const own = readdirSync(join(out, options.folder)).filter((name) => name !== 'sw.js' && !/\.(gz|br)$/.test(name)).map((name) => `/${options.folder}/${name}`).sort()
      const template = readFileSync(options.worker, 'utf8')
      const version = versionOf([
        ['worker', template],
        [options.page, readFileSync(join(out, options.entry))],
        ...[...hashed, ...own].map((name): [string, Uint8Array] => [name, readFileSync(join(out, name))]),
      ])
      mkdirSync(join(out, options.folder), { recursive: true })
      writeFileSync(join(out, options.folder, 'sw.js'), workerOf(template, version, [options.page, ...hashed, ...own]))
    },
  }
}
