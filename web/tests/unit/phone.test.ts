// Small parts of the phone page: the worker's list of files, its catalogues, codes, places, pictures.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { matches } from '@/m/find'
import type { Manifest } from '@/shared/api/types'
import en from '@/shared/i18n/en'
import enPhone from '@/shared/i18n/en/phone'
import zh from '@/shared/i18n/zh-CN'
import zhPhone from '@/shared/i18n/zh-CN/phone'
import { fit } from '@/shared/lib/photos'
import { degrees } from '@/shared/lib/place'
import { filesOf, versionOf, workerOf } from '../../scripts/precache'

const build = {
  'm.html': { file: 'assets/m-1.js', imports: ['_vue.js'], dynamicImports: ['zh.ts', 'full.ts'], css: ['assets/m-1.css'], assets: ['assets/chevron-1.svg'] },
  '_vue.js': { file: 'assets/vue-1.js', css: ['assets/base-1.css'] },
  'zh.ts': { file: 'assets/zh-1.js', imports: ['m.html'] },
  'full.ts': { file: 'assets/full-1.js', imports: ['_big.js'] },
  '_big.js': { file: 'assets/big-1.js' },
  'admin.html': { file: 'assets/admin-1.js' },
}

describe('the list of the worker', () => {
  it('has everything that the entry may ask for, and nothing of the others', () => {
    expect(filesOf(build, 'm.html', ['full.ts'])).toEqual(['/assets/base-1.css', '/assets/chevron-1.svg', '/assets/m-1.css', '/assets/m-1.js', '/assets/vue-1.js', '/assets/zh-1.js'])
    expect(filesOf(build, 'm.html')).toContain('/assets/big-1.js')
  })
  it('is not made when something is missing', () => {
    expect(() => filesOf({}, 'm.html')).toThrow('m.html')
    expect(() => filesOf({ 'm.html': { file: 'a.js', imports: ['gone'] } }, 'm.html')).toThrow('gone')
  })
  it('gets a new version when a content changes, and only then', () => {
    const one = versionOf([['a', '1'], ['b', '2']])
    expect(one).toMatch(/^[0-9a-f]{16}$/)
    expect(versionOf([['b', '2'], ['a', '1']])).toBe(one)
    expect(versionOf([['a', '1'], ['b', '3']])).not.toBe(one)
    expect(versionOf([['a', '12'], ['b', '']])).not.toBe(versionOf([['a', '1'], ['b', '2']]))
  })
  it('fills the worker, and refuses one without room for it', () => {
    const template = readFileSync(join(import.meta.dirname, '../../src/m/sw/sw.js'), 'utf8')
    const worker = workerOf(template, 'abc', ['/m/', '/assets/x.js'])
    expect(worker).toContain('const VERSION = "abc"')
    expect(worker).toContain('const FILES = ["/m/","/assets/x.js"]')
    expect(() => workerOf('__VERSION__ __FILES__ __FILES__', 'abc', [])).toThrow()
  })
})

/** The worker with a browser of paper around it: what it does with a request. */
function worker() {
  const template = readFileSync(join(import.meta.dirname, '../../src/m/sw/sw.js'), 'utf8')
  const handlers: Record<string, (event: unknown) => void> = {}
  const cached = new Map([['/m/', 'page of the cache'], ['/assets/x.js', 'file of the cache']])
  const cache = { addAll: async () => undefined, match: async (url: string) => cached.get(url) }
  const network = { answer: async (): Promise<unknown> => ({ status: 200, from: 'network' }) }
  runInNewContext(workerOf(template, 'v', [...cached.keys()]), {
    self: { addEventListener: (name: string, handler: (event: unknown) => void) => (handlers[name] = handler), location: { origin: 'https://w.example' }, clients: { claim: async () => undefined }, skipWaiting: () => undefined },
    caches: { open: async () => cache, keys: async () => [], match: async () => undefined, delete: async () => true },
    fetch: () => network.answer(), Request: class {}, Response: { error: () => 'error' }, URL, AbortController, setTimeout, clearTimeout,
  })
  const ask = async (path: string, request: Record<string, unknown> = {}): Promise<unknown> => {
    let answer: unknown = 'untouched'
    handlers['fetch']!({ request: { method: 'GET', mode: 'cors', url: path.startsWith('http') ? path : `https://w.example${path}`, ...request }, respondWith: (value: unknown) => (answer = value) })
    return answer
  }
  return { ask, network }
}

describe('the worker', () => {
  it('never touches the API, other origins, or what is not read', async () => {
    const { ask } = worker()
    for (const path of ['/api/me', '/api/trip/today', 'https://else.example/assets/x.js', '/healthz']) expect(await ask(path)).toBe('untouched')
    expect(await ask('/m/', { method: 'POST', mode: 'navigate' })).toBe('untouched')
  })
  it('takes files from the cache and the page from the network', async () => {
    const { ask } = worker()
    expect(await ask('/assets/x.js')).toBe('file of the cache')
    expect(await ask('/m/trip/1', { mode: 'navigate' })).toMatchObject({ from: 'network' })
  })
  it('has the page without network, and behind a broken gateway', async () => {
    const { ask, network } = worker()
    network.answer = async () => {
      throw new TypeError('no network')
    }
    expect(await ask('/m/trip/1', { mode: 'navigate' })).toBe('page of the cache')
    network.answer = async () => ({ status: 502 })
    expect(await ask('/m/', { mode: 'navigate' })).toBe('page of the cache')
  })
  it('leaves the address of a printed manifest alone', async () => {
    const { ask } = worker()
    expect(await ask('/m/0193a000-0000-7000-8000-000000000701', { mode: 'navigate' })).toBe('untouched')
  })
})

describe('catalogues of the phone page', () => {
  it.each([['zh-CN', zh, zhPhone], ['en', en, enPhone]] as const)('%s: the same words as the full one', (_lang, full, phone) => {
    for (const [key, text] of Object.entries(phone)) expect((full as Record<string, string>)[key], key).toBe(text)
  })
  it('give every key that the page and the shared parts it uses ask for', () => {
    const root = join(import.meta.dirname, '../../src')
    const own = readdirSync(join(root, 'm'), { recursive: true, encoding: 'utf8' }).filter((file) => /\.(vue|ts)$/.test(file)).map((file) => join(root, 'm', file))
    const texts = own.map((file) => readFileSync(file, 'utf8'))
    const shared = new Set(texts.flatMap((text) => [...text.matchAll(/from '@\/shared\/(ui|lib|api)\/([\w.]+)'/g)].map((match) => join(root, 'shared', match[1]!, match[2]!.endsWith('.vue') ? match[2]! : `${match[2]!}.ts`))))
    const missing: string[] = []
    for (const file of [...own, ...shared]) {
      const text = readFileSync(file, 'utf8')
      for (const match of text.matchAll(/\bt\(\s*'([^']+)'/g)) if (!(match[1]! in zhPhone)) missing.push(`${file}: ${match[1]}`)
      for (const match of text.matchAll(/\? '([a-z_]+\.[a-z_.]+)' : '([a-z_]+\.[a-z_.]+)'/g)) for (const key of [match[1]!, match[2]!]) if (!(key in zhPhone)) missing.push(`${file}: ${key}`)
      for (const match of text.matchAll(/\bt\(`([a-z_.]+)\$\{/g)) if (!Object.keys(zhPhone).some((key) => key.startsWith(match[1]!))) missing.push(`${file}: ${match[1]}…`)
    }
    expect(missing).toEqual([])
  })
})

describe('labels of values', () => {
  it('are complete for every group that the page shows', () => {
    const root = join(import.meta.dirname, '../../src/m')
    const texts = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(vue|ts)$/.test(file)).map((file) => readFileSync(join(root, file), 'utf8'))
    const groups = new Set(texts.flatMap((text) => [...text.matchAll(/tEnum\('([a-z_]+)'|group="([a-z_]+)"/g)].map((match) => match[1] ?? match[2]!)))
    expect(groups.size).toBeGreaterThan(8)
    for (const group of groups) {
      const wanted = Object.keys(zh).filter((key) => key.startsWith(`e.${group}.`))
      expect(wanted.length, group).toBeGreaterThan(0)
      expect(wanted.filter((key) => !(key in zhPhone) || !(key in enPhone)), group).toEqual([])
    }
  })
})

describe('small parts', () => {
  const doc = { id: '0193a000-0000-7000-8000-000000000701', number: '20263202000701', internal_number: 'WF-2026-901', consignor_part: { lines: [{ lots: [{ container_code: '91320281MA1NQWAN0A9002521220261124001' }, { container_code: null }] }] } } as unknown as Manifest
  it.each([['20263202000701', true], ['0701', true], ['701', false], ['WF-2026-901', true], ['wf2026901', true], ['91320281MA1NQWAN0A 90025212 20261124 001', true], ['…20261124-001', true], ['20261124002', false], ['01', false], ['0193A000-0000-7000-8000-000000000701', true]])('code %s: %s', (code, found) => {
    expect(matches(doc, code)).toBe(found)
  })
  it('degrees come from micro-degrees without a float', () => {
    expect([31_912_340, 120_284_560, -500_000, -1_250_000, 0, 7].map(degrees)).toEqual(['31.91234', '120.28456', '-0.50000', '-1.25000', '0.00000', '0.00000'])
  })
  it('pictures keep their shape within 1600 pixels', () => {
    expect([fit(4000, 3000), fit(3000, 4000), fit(800, 600), fit(1601, 1), fit(10_000, 2)]).toEqual([{ width: 1600, height: 1200 }, { width: 1200, height: 1600 }, { width: 800, height: 600 }, { width: 1600, height: 1 }, { width: 1600, height: 1 }])
  })
})
