// A small stand-in for the server, for looking at pages while they are built. It answers in the shapes of the API
// from made-up data and keeps nothing; it is no part of the product and no test relies on its numbers.
import { createServer } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cityApi } from './city.mjs'
import { driverApi } from './driver.mjs'
import { liveApi } from './live.mjs'

const dist = process.env.WUFEI_DIST ?? fileURLToPath(new URL('../../dist/', import.meta.url))
const now = Date.now()
const iso = (days, hours = 0) => new Date(now - days * 864e5 - hours * 36e5).toISOString()
const day = (days) => iso(days).slice(0, 10)
const id = (n) => `0193a000-0000-7000-8000-${String(n).padStart(12, '0')}`
const ref = (n, name) => ({ id: id(n), name })
const plant = ref(1, '江阴澄东精密涂装有限公司'), carrier = ref(2, '江阴安达危货运输有限公司'), receiver = ref(3, '江阴绿源固废处置有限公司')
const site = ref(11, '澄东厂区'), site3 = ref(13, '绿源处置中心')
const PERMS = ['workbench_read', 'catalogue_read', 'directory_read', 'registry_read', 'registry_write_own', 'registry_write_city', 'personal_read', 'stock_read', 'trace_read', 'generation_write', 'storage_write', 'treatment_write', 'manifest_read', 'manifest_draft', 'manifest_sign_consignor', 'manifest_return', 'manifest_void', 'manifest_carrier_write', 'manifest_sign_carrier', 'manifest_arrive', 'manifest_receiver_write', 'manifest_sign_receiver', 'account_read', 'account_admin', 'role_grant', 'delegation_manage', 'audit_read', 'proof_read', 'import_run', 'export_run', 'settings_admin', 'live_read', 'warning_read', 'warning_assign', 'warning_verify', 'warning_close', 'warning_appeal', 'video_event_write', 'video_verify', 'roadside_check', 'trip_report', 'device_health_read', 'programme_read', 'programme_report', 'programme_write', 'indicator_read', 'indicator_fill', 'indicator_review', 'indicator_approve', 'indicator_define', 'city_read', 'report_make']
const ROLES = ['clerk', 'manager', 'dispatcher', 'driver', 'scale', 'receiver_manager', 'department', 'town', 'inspector', 'office', 'system_admin', 'security_admin', 'audit_admin']
const NAMES = ['陈静', '王建国', '李调度', '周师傅', '吴司磅', '郑厂长', '孙科长', '钱主任', '赵队长', '冯处长', '许工', '何工', '吕工']
const WASTE = [['900-252-12', '废油漆', 'HW12', ['T', 'I']], ['900-041-49', '废包装桶', 'HW49', ['T', 'In']], ['900-249-08', '废矿物油', 'HW08', ['T', 'I']], ['336-064-17', '酸洗污泥', 'HW17', ['T', 'C']], ['900-039-49', '废活性炭', 'HW49', ['T']], ['772-003-18', '焚烧飞灰', 'HW18', ['T']]]
const lots = Array.from({ length: 34 }, (_, i) => {
  const [code, name, category, traits] = WASTE[i % 5]
  const status = ['stored', 'stored', 'generated', 'staged', 'in_transit', 'stored', 'consumed'][i % 7]
  const mass = 182_000 + ((i * 7919) % 640_000)
  return {
    id: id(100 + i), version: 1 + (i % 3), kind: 'waste', container_code: `91320281MA1NQWAN0A${code.replaceAll('-', '')}${day(i * 3).replaceAll('-', '')}${String((i % 9) + 1).padStart(3, '0')}`,
    waste_code: code, category, name, form: ['liquid', 'solid', 'semi_solid'][i % 3], traits, packaging: ['drum', 'ibc', 'bag'][i % 3], capacity_ml: [200_000, 1_000_000, 50_000][i % 3], mass_g: mass,
    remaining_g: status === 'consumed' ? 0 : mass - (i % 5 === 0 ? 12_345 : 0), status, holder: plant, site, facility: status === 'generated' ? null : { id: id(21), code: 'TS001', name: '危废贮存库' }, late: i > 28,
    generated_on: day(i * 3), stored_at: status === 'generated' ? null : iso(i * 3), manifest: status === 'in_transit' ? { id: id(500), number: '20263202000123' } : null, deadline_at: iso(i * 3 - 90), origin: 'generated',
  }
})
const STATUS = ['draft', 'awaiting_carrier', 'in_transit', 'arrived', 'accepted', 'partially_refused', 'returned', 'voided']
const NEXT = { draft: ['consignor', 'sign_consignor'], awaiting_carrier: ['carrier', 'sign_carrier'], in_transit: ['carrier', 'arrive'], arrived: ['receiver', 'sign_receiver'], partially_refused: ['consignor', 'confirm_return'] }
const hash = (text) => createHash('sha256').update(text).digest('hex')
const manifests = Array.from({ length: 24 }, (_, i) => {
  const status = STATUS[i % 8]
  const [party, action] = NEXT[status] ?? [null, null]
  return { id: id(500 + i), version: 3, status, number: status === 'draft' ? null : `20263202${String(120 + i).padStart(6, '0')}`, internal_number: `WF-2026-${String(900 + i)}`, number_status: status === 'draft' ? 'none' : 'demo', class: 'hazardous', consignor: plant, carrier, receiver, waste_codes: [WASTE[i % 5][0], WASTE[(i + 1) % 5][0]], containers: 2 + (i % 4), mass_g: 1_234_567 + i * 98_765, plate: i % 3 ? '苏B·D1234' : null, created_at: iso(i, i), departed_at: null, arrived_at: null, due_at: action ? iso(i % 3 === 0 ? 2 : -3) : null, late: !!action && i % 3 === 0, next: { party, action }, mine: i % 2 === 0 && !!action }
})
const WARN = { path: '/consignor_part/planned_at', rule: 'HW-TR-031', severity: 'warning', message: '年度计划余量不足 10%,剩余 0.820 t', remedy: '请核对管理计划,必要时变更备案。', citations: [{ id: 'a', text: '《危险废物转移管理办法》第十条' }] }
function manifest(summary) {
  const mine = lots.slice(0, 3)
  const rank = { draft: 0, awaiting_carrier: 1, in_transit: 2, arrived: 3, accepted: 4, partially_refused: 4, returned: 5, voided: 0 }[summary.status]
  const sig = (step, who, org, role, h) => ({ step, person_name: who, org, role, method: 'password', at: iso(1, h), version: 3, content_hash: hash(step) })
  const all = [sig('consignor', '王建国', plant, 'manager', 20), sig('carrier', '周师傅', carrier, 'driver', 16), sig('arrival', '周师傅', carrier, 'driver', 14), sig('receiver', '郑厂长', receiver, 'receiver_manager', 10), sig('return', '王建国', plant, 'manager', 2)]
  return {
    ...summary, rule_pack: 'hw-transfer@2022-01', content_hash: hash(summary.id),
    consignor_part: { site_id: site.id, site_name: site.name, address: '江阴市周庄镇澄东路 18 号', emergency_phone: '0510-86001234', handler_name: '陈静', handler_phone: '138****0001', planned_at: iso(1), note: null,
      lines: [{ no: 1, waste_code: '900-252-12', name: '废油漆', traits: ['T', 'I'], form: 'liquid', components: '二甲苯', packaging: 'drum', containers: 2, mass_g: mine[0].mass_g + mine[1].mass_g, method_code: 'D10', lots: mine.slice(0, 2).map((l) => ({ lot_id: l.id, container_code: l.container_code, mass_g: l.mass_g })) }, { no: 2, waste_code: '900-041-49', name: '废包装桶', traits: ['T', 'In'], form: 'solid', components: null, packaging: 'bag', containers: 1, mass_g: mine[2].mass_g, method_code: 'C3', lots: [{ lot_id: mine[2].id, container_code: mine[2].container_code, mass_g: mine[2].mass_g }] }] },
    receiver_org: receiver,
    legs: rank >= 2 ? [{ no: 1, carrier, licence_no: '320281004321', vehicle: { id: id(31), plate: '苏B·D1234' }, driver: { id: id(41), name: '周师傅', phone: '139****0002' }, escort: { id: id(42), name: '吴押运' }, from: '周庄镇', to: '临港', via: '芙蓉大道', departed_at: iso(1, 16), arrived_at: rank >= 3 ? iso(1, 14) : null, handover_place: null }] : [],
    receiver_part: rank >= 4 ? { site_id: site3.id, facility_id: id(23), licence_no: 'JS0281OOI580-3', handler_name: '吴司磅', received_at: iso(1, 11), lines: [{ no: 1, discrepancy: false, opinion: 'partial', reason: '一桶包装破损泄漏', method_code: 'D10', lots: [{ lot_id: mine[0].id, decision: 'accept', received_g: mine[0].mass_g - 320 }, { lot_id: mine[1].id, decision: 'refuse', received_g: 0 }] }, { no: 2, discrepancy: false, opinion: 'accept', reason: null, method_code: 'C3', lots: [{ lot_id: mine[2].id, decision: 'accept', received_g: mine[2].mass_g }] }] } : null,
    signatures: all.slice(0, rank), warnings: summary.status === 'draft' ? [WARN] : [], fields: { 'consignor_part.lines': { sealed: rank >= 1, required_for: 'consignor' }, legs: { sealed: rank >= 2, required_for: 'carrier' }, receiver_part: { sealed: rank >= 4, required_for: 'receiver' } },
    permissions: { edit_parts: summary.status === 'draft' ? ['consignor'] : summary.status === 'awaiting_carrier' ? ['carrier'] : summary.status === 'arrived' ? ['receiver'] : [], actions: [summary.next.action, summary.status === 'draft' || summary.status === 'awaiting_carrier' ? 'void' : ''].filter(Boolean) },
    treatment: rank >= 4 ? { treated_g: 0, remaining_g: 500_000 } : null,
  }
}
const L = (x, kind = 'lot') => ({ id: x[0], kind, label: x[1], waste_code: kind === 'lot' ? x[4] ?? '900-252-12' : null, org: x[2], at: iso(x[5] ?? 3), mass_g: x[3], remaining_g: x[6] ?? 0, batch_code: 'HWCS20261101001' })
function trace() {
  const n = [L([id(100), '废油漆 …001', plant, 182_000, , 30]), L([id(101), '废油漆 …002', plant, 220_500, , 28]), L([id(102), '废油漆 合并桶', plant, 402_500, , 20]), L([id(103), '接收 废油漆', receiver, 402_180, , 10]), L(['diff', '过磅差异', receiver, 320, null, 10], 'difference'), L([id(104), '焚烧飞灰', receiver, 31_240, '772-003-18', 5, 31_240]), L([id(105), '回收溶剂', receiver, 60_000, null, 5, 60_000]), L(['treated', 'D10 焚烧', receiver, 310_940, null, 5], 'treated')]
  n[6].waste_code = null
  const e = (from, to, mass_g, kind) => ({ from, to, mass_g, attributed_g: mass_g, kind })
  return { root: id(102), nodes: n, edges: [e(id(100), id(102), 182_000, 'repack'), e(id(101), id(102), 220_500, 'repack'), e(id(102), id(103), 402_180, 'transfer'), e(id(102), 'diff', 320, 'difference'), e(id(103), id(104), 31_240, 'treat'), e(id(103), id(105), 60_000, 'treat'), e(id(103), 'treated', 310_940, 'treat')], origins: [{ node: id(100), org: plant, mass_g: 182_000 }, { node: id(101), org: plant, mass_g: 220_500 }], ends: [{ node: id(104), kind: 'in_stock', mass_g: 31_240 }, { node: id(105), kind: 'product', mass_g: 60_000 }, { node: 'treated', kind: 'treated', mass_g: 310_940 }, { node: 'diff', kind: 'difference', mass_g: 320 }], sums: { origins_g: 402_500, ends_g: 402_500, remaining_g: 0, root_g: 402_500 } }
}
const b = (zh, en) => ({ zh, en })
const FIELDS = {
  orgs: [['name', '单位名称', 'Name', 'text'], ['kinds', '单位类型', 'Kinds', 'list', { enum: [{ code: 'enterprise', zh: '产废单位', en: 'Generator' }, { code: 'receiver', zh: '经营单位', en: 'Receiver' }], items: 'words' }], ['credit_code', '统一社会信用代码', 'Credit code', 'text', { code: 'credit' }], ['division_code', '所属镇街', 'Town', 'text', { code: 'division' }], ['address', '地址', 'Address', 'text'], ['contact_name', '联系人', 'Contact', 'text', { personal: true }]],
  facilities: [['site_id', '场所', 'Site', 'ref', { ref: 'sites' }], ['code', '设施编码', 'Code', 'text', { code: 'facility' }], ['name', '名称', 'Name', 'text'], ['kind', '用途', 'Purpose', 'enum', { enum: [{ code: 'storage', zh: '贮存设施', en: 'Storage' }, { code: 'generating', zh: '产废设施', en: 'Generating' }] }], ['capacity_g', '贮存能力', 'Capacity', 'mass_t'], ['accepts', '适用代码', 'Accepts', 'list', { items: 'waste_codes' }]],
  devices: [['org_id', '承运单位', 'Carrier', 'ref', { ref: 'orgs' }], ['vehicle_id', '绑定车辆', 'Vehicle', 'ref', { ref: 'vehicles' }], ['terminal_number', '终端号', 'Terminal', 'text'], ['protocol', '协议', 'Protocol', 'enum', { enum: [{ code: 'jt808_2013', zh: 'JT/T 808-2013', en: 'JT/T 808-2013' }, { code: 'jt808_2019', zh: 'JT/T 808-2019', en: 'JT/T 808-2019' }] }], ['datum', '坐标系', 'Datum', 'enum', { enum: [{ code: 'wgs84', zh: 'WGS-84', en: 'WGS-84' }] }], ['maker', '厂商', 'Maker', 'text', { required: false }]],
  zones: [['name', '名称', 'Name', 'text'], ['kind', '类型', 'Kind', 'enum', { enum: [{ code: 'restricted', zh: '限制区域', en: 'Restricted' }, { code: 'parking', zh: '停车区域', en: 'Parking' }] }], ['shape', '范围', 'Shape', 'text'], ['valid_from', '生效日期', 'Valid from', 'date', { required: false }], ['note', '备注', 'Note', 'text', { required: false }]],
  cameras: [['site_id', '场所', 'Site', 'ref', { ref: 'sites' }], ['point', '点位', 'Point', 'enum', { enum: [{ code: 'gate', zh: '出入口', en: 'Gate' }] }], ['name', '名称', 'Name', 'text'], ['gb28181_id', '国标编号', 'GB 28181', 'text']],
  licences: [['org_id', '持证单位', 'Holder', 'ref', { ref: 'orgs' }], ['number', '许可证编号', 'Number', 'text'], ['valid_to', '有效期至', 'Valid to', 'date'], ['lines', '核准经营', 'Licensed', 'list', { items: 'lines', list_fields: [field(['codes', '代码', 'Codes', 'list', { items: 'waste_codes' }]), field(['yearly_quantity_g', '年经营规模', 'Yearly', 'mass_t'])] }]],
}
function field([key, zh, en, type, more = {}]) {
  return { key, title: b(zh, en), type, required: true, personal: false, unique: false, list_fields: [], ...more }
}
const ENT = { orgs: b('单位', 'Organisations'), sites: b('场所', 'Sites'), facilities: b('设施', 'Facilities'), licences: b('经营许可证', 'Licences'), vehicles: b('车辆', 'Vehicles'), crew: b('人员', 'Crew'), plans: b('管理计划', 'Plans'), approvals: b('跨省批准', 'Approvals'), devices: b('车载终端', 'Terminals'), zones: b('电子围栏', 'Zones'), cameras: b('摄像机', 'Cameras') }
const descriptors = Object.entries(ENT).map(([entity, title]) => ({ entity, title, permissions: { read: true, write: true, import: true, export: true }, fields: (FIELDS[entity] ?? [['name', '名称', 'Name', 'text']]).map(field) }))
const record = (n, title, org, row) => ({ id: id(n), version: 1, status: 'active', updated_at: iso(3), org, title, row, refs: {}, masked: [], can_write: true, related: { sites: 1, facilities: 3 } })
const registry = {
  orgs: [plant, carrier, receiver].map((o, i) => record(i + 1, o.name, o, { name: o.name, kinds: [['enterprise'], ['carrier'], ['receiver', 'enterprise']][i], credit_code: '91320281MA1NQWAN0A', division_code: '320281108', address: '周庄镇澄东路 18 号', contact_name: '陈*' })),
  sites: [record(11, site.name, plant, { org_id: plant.id, name: site.name, division_code: '320281108' })],
  facilities: [['generating', 'MF0001', '喷涂线'], ['storage', 'TS001', '危废贮存库'], ['treatment', 'TS002', '回转窑焚烧线']].map(([kind, code, name], i) => record(20 + i, name, plant, { site_id: site.id, code, name, kind, capacity_g: 50_000_000, accepts: [] })),
  devices: [record(91, '013810000037', carrier, { org_id: carrier.id, terminal_number: '013810000037', protocol: 'jt808_2019', datum: 'wgs84', maker: '演示' })],
  zones: [record(92, '水源保护区', plant, { name: '水源保护区', kind: 'restricted', shape: '{"circle":{"lat_e6":31938000,"lon_e6":120300000,"radius_m":1800}}', valid_from: '2026-01-01' })],
  cameras: [record(93, '贮存库内 1 号', plant, { site_id: site.id, point: 'gate', name: '贮存库内 1 号', gb28181_id: '32028100001320000001' })],
  licences: [record(51, 'JS0281OOI580-3', receiver, { org_id: receiver.id, number: 'JS0281OOI580-3', valid_to: '2028-06-30', lines: [{ codes: ['HW12', 'HW49', 'HW08'], yearly_quantity_g: 30_000_000_000 }] })],
}
const events = Array.from({ length: 40 }, (_, i) => {
  const canonical = JSON.stringify({ kind: 'manifest.signed', position: i + 1, v: 1 })
  return { position: i + 1, id: id(900 + i), kind: ['waste.generated', 'manifest.signed', 'audit.signed_in'][i % 3], subject_type: ['lot', 'manifest', 'account'][i % 3], subject_id: id(100), org: plant, actor: ref(61, '王建国'), occurred_at: iso(i / 9), recorded_at: iso(i / 9), payload: { step: 'consignor', mass_g: 182_000 }, canonical, leaf: createHash('sha256').update(Buffer.concat([Buffer.from([0]), Buffer.from(canonical)])).digest() }
})
const node = (a, c) => createHash('sha256').update(Buffer.concat([Buffer.from([1]), a, c])).digest()
const split = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k }
const root = (l) => (l.length === 1 ? l[0] : node(root(l.slice(0, split(l.length))), root(l.slice(split(l.length)))))
const path = (m, l) => { if (l.length === 1) return []; const k = split(l.length); return m < k ? [...path(m, l.slice(0, k)), root(l.slice(k))] : [...path(m - k, l.slice(k)), root(l.slice(0, k))] }
const leaves = events.map((e) => e.leaf)
const checkpoint = { size: leaves.length, root: root(leaves).toString('base64'), at: iso(0), text: `wufei.demo/jiangyin\n${leaves.length}\n${root(leaves).toString('base64')}\n\n— wufei.demo/jiangyin AAAAAAAA\n` }
const event = ({ leaf, ...rest }) => ({ ...rest, leaf_hash: leaf.toString('hex') })
const list = (items, url) => { const limit = Number(url.searchParams.get('limit') ?? 50); const at = Number(url.searchParams.get('cursor') ?? 0); return { items: items.slice(at, at + limit), next_cursor: at + limit < items.length ? String(at + limit) : null, total: items.length } }
let signedIn = true
const me = { account_id: id(60), person: ref(61, '王建国'), org: { ...plant, kinds: ['enterprise'] }, roles: ['manager'], permissions: PERMS, second_factor: { required: false, enabled: false }, must_change_password: false, delegations: [{ id: id(70), client: ref(4, '江阴市小微电镀厂'), scope: [], valid_to: '2027-12-31' }], acting_for: null, city: { tenant_id: 'jiangyin', name_zh: '江阴市', name_en: 'Jiangyin', zone: 'Asia/Shanghai' }, demo: true, notices: [{ id: 'demo', severity: 'info', zh: '演示环境:企业、人员和单据均为虚构,联单为非法定联单。', en: 'Demonstration: firms, people and documents are fictional.' }, { id: 'catalogue_2025_missing', severity: 'warning', zh: '现行《国家危险废物名录(2025年版)》待导入,现按2021年版代码校验。', en: 'The 2025 waste catalogue in force has not been imported; codes are checked against the 2021 edition.' }] }
const codes = WASTE.map(([code, description, category, traits]) => ({ code, category, category_name: { HW12: '染料、涂料废物', HW49: '其他废物', HW08: '废矿物油与含矿物油废物', HW17: '表面处理废物', HW18: '焚烧处置残渣' }[category], industry: '非特定行业', description: `使用油漆(不包括水性漆)、有机溶剂进行喷漆、上漆过程中产生的${description}`, traits, edition: '2021', valid_from: '2021-01-01', valid_to: null }))

function answer(method, url, body) {
  const p = url.pathname.slice(4)
  const m = (re) => re.exec(p)
  let x
  if (p === '/me') return signedIn ? me : [401, { code: 'unauthenticated', status: 401, title: 'x' }]
  if (p === '/session') { signedIn = method === 'POST'; return method === 'POST' ? me : [204] }
  if (p === '/demo/accounts') return { password: 'wufei-demo-2026', accounts: ROLES.map((role, i) => ({ login: `${role}-1`, role, person: NAMES[i], org: i < 2 ? plant.name : i < 4 ? carrier.name : i < 6 ? receiver.name : '江阴市生态环境局', hint_zh: '登记产生、贮存,拟制联单', hint_en: 'Records generation, drafts manifests' })) }
  if (p === '/workbench') return { waiting: manifests.filter((x) => x.mine).slice(0, 6).map((x) => ({ kind: x.next.action, title_id: '', params: {}, link: `/manifests/${x.id}`, since: x.created_at, due_at: x.due_at, late: x.late })), late_count: 2, changed: events.slice(0, 8).map((e) => ({ position: e.position, kind: e.kind, subject_type: e.subject_type, subject_id: e.subject_id, title: '20263202000123', at: e.occurred_at, org: plant })), counts: { stock_g: 18_234_567, containers: 46, in_transit: 3, open_manifests: 7 }, shortcuts: [] }
  if (p === '/ledger/stock') return { rows: WASTE.slice(0, 5).map(([code, name], i) => ({ site, facility: url.searchParams.get('group') === 'facility' ? { id: id(21), code: 'TS001', name: '危废贮存库' } : null, waste_code: code, name, containers: 4 + i, mass_g: 2_345_678 + i * 998_877, oldest_at: iso(80 - i * 9), capacity_g: 12_000_000, limit_days: 90, late: i === 0 })) }
  if ((x = m(/^\/ledger\/lots\/by-code\/(.+)$/))) return lots.find((l) => l.container_code === decodeURIComponent(x[1])) ?? [404, { code: 'not_found', status: 404, title: 'Not found' }]
  if (m(/trace$/)) return trace()
  if ((x = m(/^\/ledger\/lots\/([^/]+)$/))) { const lot = lots.find((l) => l.id === x[1]) ?? lots[0]; return { ...lot, events: [{ position: 3, kind: 'waste.generated', at: iso(9), recorded_at: iso(9), actor: '陈静', org: plant, summary: { mass_g: lot.mass_g, batch_code: 'HWCS20261101001' } }, { position: 4, kind: 'waste.stored', at: iso(9), recorded_at: iso(9), actor: '陈静', org: plant, summary: { facility: '危废贮存库' } }] } }
  if (p === '/ledger/lots') return list(lots.filter((l) => (!url.searchParams.get('status') || url.searchParams.get('status').split(',').includes(l.status))), url)
  if (p === '/ledger/entries') return list(lots.map((l, i) => ({ id: String(i), position: i + 1, at: iso(i), recorded_at: iso(i), kind: ['generated', 'sent', 'used'][i % 3], mass_g: i % 3 ? -l.mass_g : l.mass_g, org: plant, site, waste_code: l.waste_code, name: l.name, batch_code: 'HWCS20261101001', container_code: l.container_code, lot_id: l.id, handler: '陈静' })), url)
  if (m(/^\/ledger\/registers/)) return { title: 'B.1', columns: [['batch_code', '批次编码'], ['waste_code', '代码'], ['mass', '数量']].map(([key, title]) => ({ key, title })), items: lots.slice(0, 12).map((l, i) => ({ id: l.id, position: i + 1, lot_id: l.id, mass_g: l.mass_g, cancelled: i === 3, cells: ['HWCS20261101001', l.waste_code, String(l.mass_g / 1e6)] })), next_cursor: null, total: 12 }
  if (p === '/ledger/balance') { const rows = WASTE.slice(0, 5).map(([waste_code, name], i) => ({ waste_code, name, opening_g: 1_200_000 * i, generated_g: 3_456_789, received_g: 0, residue_g: 0, used_g: 0, disposed_g: 0, sent_g: 2_000_000, returned_g: i === 1 ? 220_500 : 0, adjusted_g: i === 2 ? -1_250 : 0, closing_g: 1_456_789 + 1_200_000 * i, stock_g: 1_456_789 + 1_200_000 * i, gap_g: 0 })); return { rows, totals: { gap_g: 0 } } }
  if (p === '/ledger/generations') return [201, { batch_code: 'HWCS20261124001', storage_batch_code: 'HWRK20261124001', lots: lots.slice(0, body?.containers?.length ?? 1) }]
  if (m(/^\/ledger\/(storage|repack|treat)/)) return { batch_code: 'HWCK20261124001', lots: lots.slice(0, 2) }
  if (p === '/manifests/options') return { carriers: [{ ...carrier, licence_no: '320281004321', licence_valid_to: '2028-01-01', valid: true }], receivers: [{ ...receiver, licences: [{ number: 'JS0281OOI580-3', valid_to: '2028-06-30', codes: [], methods: [] }], codes: ['HW12', 'HW49', 'HW08', 'HW17'] }, { ...ref(5, '无锡工废安全处置有限公司'), licences: [{ number: 'JS0200OOD379-4', valid_to: '2027-03-31', codes: [], methods: [] }], codes: ['HW08'] }] }
  if (p === '/manifests/options/carrier') return { vehicles: [{ id: id(31), plate: '苏B·D1234', valid_to: '2027-05-01' }], drivers: [{ id: id(41), name: '周师傅', valid_to: '2027-05-01' }], escorts: [{ id: id(42), name: '吴押运', valid_to: '2027-05-01' }] }
  if ((x = m(/^\/manifests\/([^/]+)\/history$/))) return [{ position: 3, kind: 'manifest.drafted', at: iso(2), recorded_at: iso(2), actor: '陈静', org: plant, changes: {} }, { position: 5, kind: 'manifest.signed', at: iso(1), recorded_at: iso(1), actor: '王建国', org: plant, changes: { step: 'consignor' } }]
  if (m(/\/check$/)) return { errors: [], warnings: [WARN] }
  if ((x = m(/^\/manifests\/([^/]+)/)) ) return manifest(manifests.find((one) => one.id === x[1]) ?? manifests[0])
  if (p === '/manifests') return method === 'POST' ? [201, manifest(manifests[0])] : list(manifests.filter((one) => !url.searchParams.get('status') || one.status === url.searchParams.get('status')), url)
  if (p === '/registry') return descriptors
  if (m(/import$/)) return [422, { code: 'validation_failed', status: 422, title: '请更正', errors: [{ path: '/rows/3/columns/credit_code', rule: 'REG-CREDIT', message: '统一社会信用代码校验位不正确', remedy: '请对照营业执照核对。' }, { path: '/rows/5/columns/name', rule: 'REQ-MISSING', message: '缺少单位名称', remedy: '请填写。' }] }]
  if ((x = m(/^\/registry\/(\w+)\/([^/]+)/))) return (registry[x[1]] ?? registry.orgs).find((one) => one.id === x[2]) ?? (registry[x[1]] ?? registry.orgs)[0]
  if ((x = m(/^\/registry\/(\w+)$/))) return list(registry[x[1]] ?? [], url)
  if (p === '/catalogue/options') return { forms: [{ code: 'liquid', zh: '液态', en: 'Liquid' }, { code: 'solid', zh: '固态', en: 'Solid' }], packagings: [{ code: 'drum', zh: '桶', en: 'Drum' }, { code: 'bag', zh: '袋', en: 'Bag' }] }
  if (p === '/catalogue/methods') return [{ code: 'D10', zh: '焚烧', en: 'Incineration', kind: 'disposal' }, { code: 'C3', zh: '清洗(包装容器)', en: 'Cleaning', kind: 'use' }]
  if (p === '/catalogue/waste-codes') return { items: codes.filter((c) => JSON.stringify(c).includes(url.searchParams.get('q') ?? '')), total: 467 }
  if (p === '/catalogue/editions') return [{ edition: '2021', name_zh: '国家危险废物名录(2021年版)', name_en: 'Catalogue 2021', valid_from: '2021-01-01', valid_to: '2024-12-31', imported: true, entries: 467 }, { edition: '2025', name_zh: '国家危险废物名录(2025年版)', name_en: 'Catalogue 2025', valid_from: '2025-01-01', valid_to: null, imported: false, entries: null }]
  if (p === '/catalogue/exemptions') return { items: [{ id: 'EX-01', no: 1, matcher: { codes: ['900-041-49'], categories: [], note: null, all_codes: false }, stage: 'all', disposal_scope: null, waste: b('废弃的含油抹布、劳保用品', 'Oily rags'), condition: b('未分类收集', 'Not collected separately'), effect: b('全过程不按危险废物管理', 'Not managed as hazardous waste') }] }
  if (p === '/catalogue/divisions') return { items: [{ code: '320281108', name: '周庄镇' }] }
  if ((x = m(/^\/calendar\/(\d+)/))) return { year: Number(x[1]), source: '国务院办公厅通知', certainty: 'confirmed', note: b('', ''), days_off: [{ date: `${x[1]}-10-01`, zh: '国庆节', en: 'National Day' }], make_up_days: [], working_days: 248 }
  if ((x = m(/^\/accounts\/([^/]+)$/)) || p === '/accounts') { const all = ROLES.map((role, i) => ({ id: id(60 + i), login: `${role}-1`, person: ref(61 + i, NAMES[i]), org: plant, roles: [role], status: i === 5 ? 'locked' : 'active', second_factor: i > 9, last_login_at: iso(i), phone: '138****0001', version: 1 })); return x ? all[0] : list(all, url) }
  if (p === '/delegations') return list([{ id: id(70), agent: plant, client: ref(4, '江阴市小微电镀厂'), scope: ['stock_read', 'generation_write'], valid_from: '2026-01-01', valid_to: '2027-12-31', status: 'active', reason: '环保管家', version: 1 }], url)
  if (p === '/access/matrix') return { roles: ROLES.map((r) => ({ id: r })), permissions: PERMS.map((q) => ({ id: q })), cells: Object.fromEntries(ROLES.map((r, i) => [r, Object.fromEntries(PERMS.filter((_, k) => (k + i) % 3 === 0).map((q) => [q, i > 5 ? 'city' : 'org']))])) }
  if (p === '/audit') return list(events.map((e) => ({ position: e.position, at: e.occurred_at, kind: 'audit.signed_in', account: { id: id(60), login: 'manager-1' }, org: plant, subject: { type: 'account', id: id(60) }, outcome: 'success', detail: { method: 'password' }, ip: '127.0.0.1' })), url)
  if (p === '/proof/key') return { name: 'wufei.demo/jiangyin', algorithm: 'ed25519', public_key: 'x', vkey: 'wufei.demo/jiangyin+00000000+AQ==' }
  if (p === '/proof/checkpoint') return checkpoint
  if (p === '/proof/checkpoints') return { items: [checkpoint], next_cursor: null, total: 1 }
  if (p === '/proof/inclusion') { const at = Number(url.searchParams.get('position')); return { position: at, size: leaves.length, leaf_hash: leaves[at - 1].toString('hex'), root: checkpoint.root, path: path(at - 1, leaves).map((q) => q.toString('hex')), checkpoint: checkpoint.text } }
  if ((x = m(/^\/events\/(\d+)$/))) return event(events[Number(x[1]) - 1] ?? events[0])
  if (p === '/events') return list(events.map(event).reverse(), url)
  if (m(/^\/attest/)) return { valid: true, manifest_id: id(500), version: 3, content_hash: hash('x'), issued_at: iso(1), live: { status: 'in_transit', version: 3 } }
  return [404, { code: 'not_found', status: 404, title: 'Not found', type: 'x', detail: `mock: ${p}` }]
}

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.svg': 'image/svg+xml', '.json': 'application/json', '.png': 'image/png', '.webmanifest': 'application/manifest+json' }
/** The page for an address: the phone's under /m/, but a printed manifest's code leads to the full platform. */
const pageOf = (path) => (path.startsWith('/m/') && !/^\/m\/[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(path) ? 'm.html' : 'admin.html')
export function start(port = 0, live = {}) {
  const driver = driverApi({ id, plant, carrier, manifests, full: manifest })
  const moving = liveApi({ id, plant, carrier, manifests }, live)
  const wall = cityApi(() => moving.answer({ method: 'GET', url: new URL('http://x/api/warnings?status=open&limit=200'), body: {}, raw: Buffer.alloc(0) }).items)
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://x')
    if (moving.stream(url, request, response)) return
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      if (url.pathname.startsWith('/api/')) {
        let body
        try { body = JSON.parse(Buffer.concat(chunks).toString() || '{}') } catch { body = {} }
        if (url.pathname.endsWith('.pdf')) return response.writeHead(200, { 'Content-Type': 'application/pdf' }).end('%PDF-1.4\n')
        const result = wall({ url }) ?? driver({ method: request.method, url, body, raw: Buffer.concat(chunks), headers: request.headers }) ?? moving.answer({ method: request.method, url, body, raw: Buffer.concat(chunks) }) ?? answer(request.method, url, body)
        const [status, value, more] = Array.isArray(result) && typeof result[0] === 'number' ? result : [200, result]
        response.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...more })
        return response.end(value === undefined ? '' : Buffer.isBuffer(value) ? value : JSON.stringify(value))
      }
      const file = join(dist, url.pathname)
      const found = extname(url.pathname) !== '' && existsSync(file) ? file : join(dist, pageOf(url.pathname))
      response.writeHead(200, { 'Content-Type': TYPES[extname(found)] ?? 'application/octet-stream', 'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:" })
      response.end(readFileSync(found))
    })
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve({ server, live: moving, url: `http://127.0.0.1:${server.address().port}` })))
}
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`mock ready ${(await start(Number(process.argv[2] ?? 8399))).url}`)
