// The live part of the stand-in server: vehicles that drive about, an event stream, warnings, checks. Made up, kept only
// in memory, no part of the product. `fleet` and `every` let the map be measured with many vehicles.
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

const city = (name) => JSON.parse(readFileSync(new URL(`../../../data/cities/jiangyin/${name}`, import.meta.url), 'utf8'))
const sha = (text) => createHash('sha256').update(text).digest('hex')
const problem = (status, code, title, errors = []) => [status, { type: 'x', status, code, title, errors }]
const page = (items, url) => {
  const limit = Number(url.searchParams.get('limit') ?? 50)
  const at = Number(url.searchParams.get('cursor') ?? 0)
  return { items: items.slice(at, at + limit), next_cursor: at + limit < items.length ? String(at + limit) : null, total: items.length }
}
/** The same numbers every time, so that pictures compare. */
function dice(seed) {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64')

export function liveApi(world, { fleet: size = 46, every = 1000, share = 0.7 } = {}) {
  const roll = dice(7)
  const iso = (ms) => new Date(ms).toISOString()
  const start = Date.now()
  const points = city('town_points.json').points
  const boundary = city('boundary.geojson')
  const near = (spread) => {
    const one = points[Math.floor(roll() * points.length)]
    return [one.latitude + (roll() - 0.5) * spread, one.longitude + (roll() - 0.5) * spread]
  }
  const line = (a, b, kind) => ({ type: 'Feature', properties: { class: kind }, geometry: { type: 'LineString', coordinates: [a, [(a[0] + b[0]) / 2 + 0.004, (a[1] + b[1]) / 2 - 0.003], b] } })
  const at = (one) => [one.longitude, one.latitude]
  const roads = points.flatMap((one, i) => [...points].sort((a, b) => Math.hypot(a.longitude - one.longitude, a.latitude - one.latitude) - Math.hypot(b.longitude - one.longitude, b.latitude - one.latitude)).slice(1, 4).map((other, k) => line(at(one), at(other), i % 5 === 0 && k === 0 ? 'expressway' : k < 2 ? 'arterial' : 'local')))
  const cell = (one) => ({ type: 'Feature', properties: { code: one.code, name: { 'zh-CN': one.name, en: one.name_en ?? `Town ${one.code.slice(-3)}` } }, geometry: { type: 'Polygon', coordinates: [Array.from({ length: 7 }, (_, k) => [one.longitude + 0.03 * Math.cos((k * Math.PI) / 3), one.latitude + 0.024 * Math.sin((k * Math.PI) / 3)])] } })
  const base = { note_id: 'schematic', boundary, towns: { type: 'FeatureCollection', features: points.map(cell) }, roads: { type: 'FeatureCollection', features: roads } }
  const sites = Array.from({ length: 60 }, (_, i) => {
    const [lat, lon] = near(0.05)
    return { id: world.id(3000 + i), org_id: world.plant.id, org_name: i % 12 === 0 ? '江阴绿源固废处置有限公司' : `演示企业 ${i + 1}`, name: i % 12 === 0 ? `绿源处置中心 ${i / 12 + 1}` : `厂区 ${i + 1}`, lat_e6: Math.round(lat * 1e6), lon_e6: Math.round(lon * 1e6), roles: [i % 12 === 0 ? 'receiver' : i % 7 === 0 ? 'carrier' : 'generator'] }
  })
  const zones = [
    { id: world.id(3100), name: '水源保护区', kind: 'restricted', shape: { circle: { lat_e6: 31_938_000, lon_e6: 120_300_000, radius_m: 1800 } } },
    { id: world.id(3101), name: '危货车辆停车场', kind: 'parking', shape: { type: 'Polygon', coordinates: [[[120.2, 31.87], [120.214, 31.87], [120.214, 31.878], [120.2, 31.878], [120.2, 31.87]]] } },
  ]
  const FIRMS = ['江阴安达危货运输有限公司', '江阴顺通危化物流有限公司', '无锡锡运环保运输有限公司']
  const plate = (i) => `苏B·${'ABDEFGHJKLM'[i % 11]}${String(1000 + ((i * 7919) % 9000))}`
  const vehicles = Array.from({ length: size }, (_, i) => {
    const [lat, lon] = near(0.06)
    const state = i % 23 === 11 ? 'silent' : i % 17 === 5 ? 'offline' : roll() < share ? 'moving' : 'stopped'
    return { vehicle_id: world.id(2000 + i), plate: plate(i), org_id: world.carrier.id, org_name: FIRMS[i % 3], lat, lon, heading_deg: Math.floor(roll() * 360), speed_kmh: state === 'moving' ? 25 + Math.round(roll() * 450) / 10 : 0, state, at: iso(start - (state === 'offline' ? 36e5 * 5 : state === 'silent' ? 14e5 : 2000)), stopped_since: state === 'stopped' ? iso(start - Math.round(roll() * 72e5)) : null, open_warnings: i % 15 === 4 ? 1 + (i % 2) : 0, manifest: i % 3 === 0 ? { id: world.id(500 + (i % 24)), number: `20263202${String(120 + i).padStart(6, '0')}`, status: 'in_transit', waste_codes: ['900-252-12', '900-041-49'], consignor_name: '江阴澄东精密涂装有限公司', receiver_name: '江阴绿源固废处置有限公司' } : null }
  })
  const whole = ({ lat, lon, ...rest }) => ({ ...rest, lat_e6: Math.round(lat * 1e6), lon_e6: Math.round(lon * 1e6), received_at: rest.at })
  const lite = (one) => ({ vehicle_id: one.vehicle_id, lat_e6: Math.round(one.lat * 1e6), lon_e6: Math.round(one.lon * 1e6), speed_kmh: one.speed_kmh, heading_deg: one.heading_deg, at: one.at, state: one.state, manifest_id: one.manifest?.id ?? null, open_warnings: one.open_warnings })
  function drive() {
    const now = iso(Date.now())
    for (const one of vehicles) {
      if (one.state !== 'moving') continue
      one.heading_deg = (one.heading_deg + Math.round((roll() - 0.5) * 24) + 360) % 360
      const step = (one.speed_kmh / 3.6) * (every / 1000)
      one.lat += (step * Math.cos((one.heading_deg * Math.PI) / 180)) / 111_000
      one.lon += (step * Math.sin((one.heading_deg * Math.PI) / 180)) / 94_000
      if (one.lat > 32.0 || one.lat < 31.7 || one.lon < 119.98 || one.lon > 120.6) one.heading_deg = (one.heading_deg + 180) % 360
      one.at = now
    }
    return { at: now, vehicles: vehicles.filter((one) => one.state === 'moving').map(lite) }
  }
  const listeners = new Set()
  let serial = 0
  const say = (response, event, data) => response.write(`event: ${event}\nid: ${(serial += 1)}\ndata: ${JSON.stringify(data)}\n\n`)
  const timer = setInterval(() => {
    if (listeners.size === 0) return
    const data = drive()
    for (const one of listeners) say(one, 'positions', data)
  }, every)
  timer.unref()

  const RULES = [
    ['route_deviation', '偏离备案路线', 'high', 'vehicle', 'distance_m > $max_m && minutes >= $minutes', '{plate} 偏离规定路线 {distance_m} 米，持续 {minutes} 分钟'],
    ['long_stop', '途中长时间停留', 'medium', 'vehicle', 'stopped_min > $max_min && !in_zone("parking")', '{plate} 在非停车区停留 {stopped_min} 分钟'],
    ['device_silent', '终端失联', 'medium', 'vehicle', 'silent_min > $max_min', '{plate} 终端 {silent_min} 分钟没有上报'],
    ['mass_gap', '起运与到达重量不符', 'high', 'manifest', 'abs(gap_permille) > $max_permille', '联单 {number} 到达重量比起运少 {gap_permille} ‰'],
    ['storage_over_limit', '贮存超期', 'low', 'lot', 'days_left < $days', '{label} 距贮存期限还有 {days_left} 天'],
  ]
  const STATUS = ['raised', 'assigned', 'raised', 'verified', 'appealed', 'raised', 'closed', 'assigned']
  const MAY = { raised: ['assign'], assigned: ['assign', 'verify'], verified: ['close', 'appeal'], appealed: ['decide'], closed: [] }
  const warnings = Array.from({ length: 26 }, (_, i) => {
    const [rule, title, severity, subject] = RULES[i % 5]
    const vehicle = subject === 'vehicle' ? vehicles[(i * 3 + 4) % vehicles.length] : null
    const status = STATUS[i % 8]
    const moment = start - i * 47 * 60_000 - 6e5
    const assigned = ['assigned', 'verified', 'appealed'].includes(status)
    return {
      id: world.id(4000 + i), number: `YJ-2026-${String(300 - i).padStart(5, '0')}`, version: 2, rule, severity, status, title,
      explanation: vehicle ? `${vehicle.plate} ${rule === 'long_stop' ? '在云亭街道非停车区停留 42 分钟，超过 30 分钟，当时承运废油漆。' : rule === 'device_silent' ? '终端已 23 分钟没有上报，超过 10 分钟。' : '偏离规定路线 1 350 米，持续 9 分钟，超过 500 米和 5 分钟。'}` : rule === 'mass_gap' ? '联单 20263202000123 到达重量比起运少 14 ‰，超过 5 ‰。' : '澄东厂区 2 个容器距贮存期限还有 5 天，少于 10 天。',
      subject: { kind: subject, id: vehicle?.vehicle_id ?? world.id(500), label: vehicle?.plate ?? (rule === 'mass_gap' ? '20263202000123' : '澄东厂区') }, org_id: vehicle ? world.carrier.id : world.plant.id, org_name: vehicle?.org_name ?? world.plant.name, vehicle_id: vehicle?.vehicle_id ?? null, plate: vehicle?.plate ?? null, manifest_id: rule === 'storage_over_limit' ? null : world.id(502), manifest_number: rule === 'storage_over_limit' ? null : '20263202000122',
      lat_e6: vehicle ? Math.round(vehicle.lat * 1e6) : null, lon_e6: vehicle ? Math.round(vehicle.lon * 1e6) : null, raised_at: iso(moment), last_at: iso(moment + 6e5), count: 1 + (i % 4), assigned_to: assigned ? { account_id: world.id(68), name: '赵队长' } : null, due_at: assigned ? iso(start + (i % 3 === 1 ? -36e5 : 86e6)) : null, late: assigned && i % 3 === 1,
    }
  })
  const view = (one) => {
    const steps = [{ at: one.raised_at, action: 'raised', by_name: null, by_org: null, note: null, photos: [], place: null }]
    if (one.status !== 'raised') steps.push({ at: iso(Date.parse(one.raised_at) + 12e5), action: 'assigned', by_name: '冯处长', by_org: '领导小组办公室', note: '请到现场核查', photos: [], place: null })
    if (['verified', 'appealed', 'closed'].includes(one.status)) steps.push({ at: iso(Date.parse(one.raised_at) + 36e5), action: 'verified', by_name: '赵队长', by_org: '生态环境综合行政执法局', note: '车辆停在加油站旁辅道，驾驶员称等候卸货。', finding: 'confirmed', photos: [sha('a'), sha('b')], place: { lat_e6: one.lat_e6 ?? 31_900_000, lon_e6: one.lon_e6 ?? 120_300_000, accuracy_m: 12 } })
    if (one.status === 'appealed') steps.push({ at: iso(Date.parse(one.raised_at) + 46e5), action: 'appealed', by_name: '李调度', by_org: world.carrier.name, note: '道路施工改道，有交警通告。', photos: [sha('c')], place: null })
    if (one.status === 'closed') steps.push({ at: iso(Date.parse(one.raised_at) + 50e5), action: 'closed', by_name: '孙科长', by_org: '生态环境局', note: '已教育整改', outcome: 'resolved', photos: [], place: null })
    const rule = RULES.find(([name]) => name === one.rule)
    return { ...one, rule_version: 3, facts: [{ name: 'stopped_min', label: '停留时长', value: 42, unit: '分钟' }, { name: 'max_min', label: '允许时长', value: 30, unit: '分钟' }, { name: 'in_zone', label: '在停车区域内', value: false, unit: null }, { name: 'started_at', label: '开始时间', value: one.raised_at, unit: null }, { name: 'place', label: '地点', value: '云亭街道', unit: null }], condition: { expression: rule[4], text: '停留超过 30 分钟，且不在停车区域内' }, citation: [{ title: '《危险废物转移管理办法》', article: '第十三条' }], certainty: 'own', timeline: steps, may: MAY[one.status] }
  }
  const act = (one, changes) => {
    Object.assign(one, changes, { version: one.version + 1 })
    return view(one)
  }
  const trackOf = (vehicle) => {
    const from = start - 5 * 36e5
    const random = dice(vehicle.plate.length + vehicle.plate.charCodeAt(4))
    let [lat, lon, heading] = [31.94, 120.12, 100]
    const pts = []
    for (let i = 0; i < 420; i += 1) {
      const minute = (i * 300) / 420
      const halt = (minute > 70 && minute < 95) || (minute > 190 && minute < 232)
      if (minute > 140 && minute < 158) continue
      heading = (heading + (random() - 0.5) * 30 + 360) % 360
      if (!halt) {
        lat += Math.cos((heading * Math.PI) / 180) * 0.0014
        lon += Math.abs(Math.sin((heading * Math.PI) / 180)) * 0.0016
      }
      lat = Math.min(31.96, Math.max(31.78, lat))
      pts.push([Math.round(from + minute * 6e4), Math.round(lat * 1e6), Math.round(lon * 1e6), halt ? 0 : 300 + Math.round(random() * 300), Math.round(heading)])
    }
    const m = (x) => iso(from + x * 6e4)
    const where = (x) => pts.find((one) => one[0] >= from + x * 6e4) ?? pts.at(-1)
    const stop = (a, b) => ({ kind: 'stop', from: m(a), to: m(b), metres: 0, lat_e6: where(a)[1], lon_e6: where(a)[2] })
    const trip = (a, b, metres) => ({ kind: 'trip', from: m(a), to: m(b), metres, lat_e6: null, lon_e6: null })
    return { vehicle_id: vehicle.vehicle_id, plate: vehicle.plate, from: m(0), to: m(300), points: pts, segments: [trip(0, 70, 31_400), stop(70, 95), trip(95, 140, 18_200), trip(158, 190, 12_900), stop(190, 232), trip(232, 300, 27_300)], gaps: [{ from: m(140), to: m(158) }], warnings: [{ id: world.id(4001), rule: 'long_stop', at: m(226), lat_e6: where(226)[1], lon_e6: where(226)[2], severity: 'medium' }, { id: world.id(4000), rule: 'route_deviation', at: m(120), lat_e6: where(120)[1], lon_e6: where(120)[2], severity: 'high' }], total_points: 3120, simplified: true }
  }
  const devices = vehicles.map((one, i) => ({ device_id: world.id(5000 + i), terminal_number: `0138${String(10_000_000 + i * 37).padStart(8, '0')}`, plate: i % 19 === 7 ? null : one.plate, org_name: one.org_name, protocol: i % 2 ? 'jt808_2019' : 'jt808_2013', state: i % 13 === 6 ? 'clock_wrong' : i % 19 === 7 ? 'never' : one.state === 'silent' ? 'silent' : one.state === 'offline' ? 'offline' : 'online', last_at: i % 19 === 7 ? null : one.at, last_received_at: i % 19 === 7 ? null : one.at, clock_offset_s: i % 13 === 6 ? 431 : i % 3, frames: 81_234 - i * 911, bad_frames: i % 5, late: i % 7, jumps: i % 11 === 3 ? 4 : 0, connected_since: one.state === 'offline' ? null : iso(start - 9e6) }))
  const checks = []
  const POINTS = ['weighbridge', 'gate', 'storage_inside', 'storage_outside']
  const events = Array.from({ length: 9 }, (_, i) => ({ id: world.id(6000 + i), camera_id: world.id(6100), camera_name: '贮存库内 1 号', site_name: '澄东厂区', org_name: world.plant.name, kind: ['no_helmet', 'smoke', 'unloading', 'leak'][i % 4], at: iso(start - i * 31e5), confidence_permille: 910 - i * 23, snapshot: i % 3 === 2 ? null : sha(`v${i}`), status: i < 4 ? 'pending' : i % 2 ? 'confirmed' : 'rejected', note: i < 4 ? null : '人工复核' }))

  function answer({ method, url, body, raw }) {
    const p = url.pathname.slice(4)
    const s = url.searchParams
    let x
    const m = (re) => re.exec(p)
    if (p === '/live/base') return base
    if (p === '/live/places') return { sites, zones }
    if (p === '/live/vehicles') return { at: iso(Date.now()), vehicles: vehicles.map(whole) }
    if ((x = m(/^\/live\/vehicles\/([^/]+)\/track$/))) return trackOf(vehicles.find((one) => one.vehicle_id === x[1]) ?? vehicles[0])
    if (m(/^\/manifests\/[^/]+\/track$/)) return trackOf(vehicles[0])
    if (p === '/live/devices') return page(devices.filter((one) => !s.get('state') || one.state === s.get('state')), url)
    if (p === '/live/quarantine') return { items: [{ terminal_number: '013800009999', protocol: 'jt808_2019', first_at: iso(start - 36e5 * 30), last_at: iso(start - 12e4), frames: 3321, reason: 'unknown_terminal', plate: '苏B·Z9999', remote: '10.2.3.4' }, { terminal_number: '013810000037', protocol: 'jt808_2013', first_at: iso(start - 36e5), last_at: iso(start - 6e4), frames: 41, reason: 'wrong_plate', plate: '苏B·X0001', remote: '10.2.3.9' }], counters: { frames: 1_284_331, bad_checksum: 12, bad_length: 3, garbage_bytes: 845, too_long: 0, connections: 46, refused_connections: 2 } }
    if (p === '/warnings/summary') {
      const open = warnings.filter((one) => one.status !== 'closed')
      const count = (key, value) => open.filter((one) => one[key] === value).length
      return { by_rule: RULES.map(([rule, title]) => ({ rule, title, open: count('rule', rule) })), by_severity: ['high', 'medium', 'low'].map((severity) => ({ severity, open: count('severity', severity) })), by_status: ['raised', 'assigned', 'verified', 'appealed'].map((status) => ({ status, open: count('status', status) })) }
    }
    if (p === '/warnings/assignees') return [{ account_id: world.id(68), name: '赵队长', org_name: '生态环境综合行政执法局', open: 4 }, { account_id: world.id(69), name: '钱队员', org_name: '周庄镇', open: 1 }]
    if (p === '/warning-rules') return { version: 3, rules: RULES.map(([id, name, severity, subject, expression, explanation], i) => ({ id, name, severity, subject, expression, explanation, params: [{ name: 'max_min', value: 30 - i, unit: '分钟', certainty: ['own', 'confirmed', 'unconfirmed'][i % 3], source: i % 3 === 1 ? '《危险货物道路运输安全管理办法》第四十七条' : '本平台设定' }, { name: 'minutes', value: 5, unit: '分钟', certainty: 'own', source: '本平台设定' }].slice(0, 1 + (i % 2)), citation: [{ title: '《危险废物转移管理办法》', article: '第十三条' }], enabled: i !== 4 })) }
    if (p === '/warnings') {
      const status = s.get('status')
      const found = warnings.filter((one) => (!status || (status === 'open' ? one.status !== 'closed' : one.status === status)) && (!s.get('rule') || one.rule === s.get('rule')) && (!s.get('severity') || one.severity === s.get('severity')) && (!s.get('q') || JSON.stringify(one).includes(s.get('q'))) && (!s.get('assigned_to') || (s.get('assigned_to') === 'none') === !one.assigned_to) && (!s.get('vehicle_id') || one.vehicle_id === s.get('vehicle_id')))
      return page(found, url)
    }
    if ((x = m(/^\/warnings\/([^/]+)\/(assign|verify|close|appeal|decide)$/)) && method === 'POST') {
      const one = warnings.find((row) => row.id === x[1])
      if (x[2] === 'assign') return act(one, { status: 'assigned', assigned_to: { account_id: body.account_id, name: '赵队长' }, due_at: body.due_at })
      return act(one, { status: { verify: 'verified', close: 'closed', appeal: 'appealed', decide: 'verified' }[x[2]] })
    }
    if ((x = m(/^\/warnings\/([^/]+)$/))) {
      const one = warnings.find((row) => row.id === x[1])
      return one ? view(one) : problem(404, 'not_found', 'Not found')
    }
    if (p === '/photos' && method === 'POST') return [201, { sha256: createHash('sha256').update(raw).digest('hex'), bytes: raw.length }]
    if (m(/^\/photos\//)) return [200, PICTURE, { 'Content-Type': 'image/png' }]
    if (p === '/checks' && method === 'POST') {
      const found = !body.value.includes('0000')
      const vehicle = vehicles[0]
      const one = { id: randomUUID(), at: iso(Date.now()), kind: body.kind, value: body.value, purpose: body.purpose, found, checked_no: `LJ-2026-${String(100 + checks.length)}`, vehicle: found ? { vehicle_id: vehicle.vehicle_id, plate: vehicle.plate, org_name: vehicle.org_name, licence: '苏字 320281004321 号，有效期至 2027-05-01' } : null, manifests: found ? [world.manifests[2]] : [], live: found ? whole(vehicle) : null, open_warnings: found ? warnings.slice(0, 2) : [], code: body.kind === 'code' ? { valid: found, version: 3, stated_hash_matches: true } : null }
      checks.unshift(one)
      return one
    }
    if (p === '/checks') return page(checks, url)
    if ((x = m(/^\/checks\/([^/]+)$/))) return checks.find((one) => one.id === x[1]) ?? problem(404, 'not_found', 'Not found')
    if (p === '/cameras/completeness') return page(sites.slice(0, 14).map((one, i) => ({ site_id: one.id, site_name: one.name, org_name: one.org_name, required: POINTS.slice(0, 2 + (i % 3)), present: POINTS.slice(0, 2 + (i % 3) - (i % 4 === 1 ? 1 : 0)), missing: i % 4 === 1 ? POINTS.slice(2 + (i % 3) - 1, 2 + (i % 3)) : [] })), url)
    if (p === '/video-events') return page(events.filter((one) => !s.get('status') || one.status === s.get('status')), url)
    if ((x = m(/^\/video-events\/([^/]+)\/verify$/))) return Object.assign(events.find((one) => one.id === x[1]), { status: body.confirmed ? 'confirmed' : 'rejected', note: body.note })
    return undefined
  }
  /** The event stream; true when the address is its. */
  function stream(url, request, response) {
    if (url.pathname !== '/api/live/events') return false
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    say(response, 'hello', { at: iso(Date.now()) })
    listeners.add(response)
    request.on('close', () => listeners.delete(response))
    return true
  }
  return { answer, stream, drop: () => { for (const one of listeners) one.end() }, reset: () => { for (const one of listeners) say(one, 'reset', {}) } }
}
