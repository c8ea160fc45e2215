// The one screen and the search of the stand-in server: made-up figures in the shapes of the API.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const city = (name) => JSON.parse(readFileSync(fileURLToPath(new URL(`../../../data/cities/jiangyin/${name}`, import.meta.url)), 'utf8'))
const CATEGORIES = [['HW17', '表面处理废物'], ['HW08', '废矿物油与含矿物油废物'], ['HW49', '其他废物'], ['HW34', '废酸'], ['HW12', '染料、涂料废物'], ['HW18', '焚烧处置残渣'], ['HW22', '含铜废物'], ['HW06', '废有机溶剂与含有机溶剂废物']]
const OUTCOMES = ['used', 'disposed', 'held', 'moving', 'refused']

export function cityApi(warnings) {
  const towns = city('divisions.json').towns
  const now = () => new Date().toISOString()
  const label = (zh, en = zh) => ({ zh, en })
  const flow = () => {
    const sources = towns.slice(0, 7).map((one, i) => ({ id: `s:${one.code}`, key: one.code, label: label(one.name), share: 9 - i }))
    sources.push({ id: 's:other', key: 'other', label: null, share: 3 })
    const receivers = Array.from({ length: 6 }, (_, i) => ({ id: `r:${i}`, key: String(i), label: label(`演示-临港第${'一二三四五六'[i]}处置利用中心`), share: 7 - i }))
    const categories = CATEGORIES.map(([key, name], i) => ({ id: `c:${key}`, key, label: label(`${key} ${name}`, key), share: 10 - i }))
    const links = []
    const sum = new Map()
    const add = (from, to, mass_g) => {
      links.push({ from, to, mass_g, manifests: 1 + Math.round(mass_g / 9e6), link: '/manifests' })
      sum.set(`>${from}`, (sum.get(`>${from}`) ?? 0) + mass_g)
      sum.set(`<${to}`, (sum.get(`<${to}`) ?? 0) + mass_g)
    }
    sources.forEach((s, i) => categories.forEach((c, k) => (i + k) % 3 && add(s.id, c.id, s.share * c.share * 2e6)))
    for (const c of categories) receivers.forEach((r, i) => add(c.id, r.id, Math.round((sum.get(`<${c.id}`) * r.share) / 27 / (i === 5 ? 1 : 1))))
    for (const r of receivers) OUTCOMES.forEach((o, i) => add(r.id, `o:${o}`, Math.round((sum.get(`<${r.id}`) * [5, 4, 2, 1, 0.2][i]) / 12.2)))
    const node = (column) => (one) => ({ id: one.id, column, key: one.key, label: one.label, members: one.key === 'other' ? 9 : 1, mass_g: sum.get(column === 0 ? `>${one.id}` : `<${one.id}`) ?? 0, link: '/manifests' })
    const nodes = [...sources.map(node(0)), ...categories.map(node(1)), ...receivers.map(node(2)), ...OUTCOMES.map((key) => ({ id: `o:${key}`, key, label: null })).map(node(3))]
    return { at: now(), by: 'town', mass_g: nodes.filter((one) => one.column === 0).reduce((all, one) => all + one.mass_g, 0), manifests: 2741, nodes, links, link: '/manifests' }
  }
  const period = { key: String(new Date().getFullYear()), from: `${new Date().getFullYear()}-01-01`, to: `${new Date().getFullYear()}-12-31` }
  return ({ url }) => {
    const p = url.pathname.slice(4)
    if (p === '/city/towns') return { at: now(), indicator: 'generated', label: null, unit: 't', period, towns: towns.map((one, i) => ({ code: one.code, label: label(one.name), value: i === 16 ? null : String(((i * 7919) % 4800) + 12.5), reason: null, link: '/ledger/entries' })) }
    if (p === '/search') return { q: url.searchParams.get('q'), people: true, groups: [{ kind: 'firms', hits: [{ id: '1', title: '演示-澄江第一电镀厂', note: '91320281DEM000014L', link: '/registry/orgs/1', status: null }], more: false }] }
    if (p !== '/city/screen') return undefined
    const open = warnings()
    return {
      at: now(), period, town: null, flow: flow(),
      counts: [['in_transit', 87], ['departed_today', 142], ['confirmed_today', 118], ['containers', 4312], ['firms', 316]].map(([key, value]) => ({ key, value, at: now(), link: '/manifests' })),
      stock: { at: now(), mass_g: 3_214_700_000, containers: 4312, late: 7, capacity_g: 9_800_000_000, stored_g: 3_100_000_000, link: '/lots', rows: CATEGORIES.map(([category, name], i) => ({ category, name, mass_g: 900_000_000 - i * 105_000_000, containers: 800 - i * 90, late: i === 1 ? 7 : 0, capacity_g: 2_400_000_000, link: '/lots' })), fullest: [0, 1, 2].map((i) => ({ id: String(i), name: '危废贮存库', org_name: `演示-周庄第${i + 1}印染厂`, mass_g: 95 - i * 12, capacity_g: 100, link: '/lots' })) },
      warnings: { at: now(), open: open.length, by_severity: ['high', 'medium', 'low', 'notice'].map((severity) => ({ severity, count: open.filter((one) => one.severity === severity).length, link: '/warnings' })), latest: open.slice(0, 6), link: '/warnings' },
    }
  }
}
