// The phone page's part of the stand-in server. Unlike the rest it remembers: sessions, keys, signatures, reports and
// photos, so that "exactly once" can be seen. It checks device signatures as the API says. No part of the product.
import { createHash, createPublicKey, randomUUID, verify } from 'node:crypto'

const DRIVER_PERMS = ['workbench_read', 'catalogue_read', 'directory_read', 'manifest_read', 'manifest_carrier_write', 'manifest_sign_carrier', 'manifest_arrive', 'live_read', 'trip_report']
const INSPECTOR_PERMS = ['workbench_read', 'catalogue_read', 'directory_read', 'manifest_read', 'live_read', 'warning_read', 'warning_verify', 'roadside_check']
const hash = (text) => createHash('sha256').update(text).digest('hex')
const problem = (status, code, title, errors = []) => [status, { type: 'x', status, code, title, errors, trace_id: randomUUID() }]
const now = () => new Date().toISOString()

/** `world` gives what the other mock knows: manifests as summaries, and how one is shown in full. */
export function driverApi(world) {
  const people = {
    driver: { login: 'driver-1', name: '周师傅', org: world.carrier, role: 'driver', permissions: DRIVER_PERMS },
    inspector: { login: 'inspector-1', name: '赵队长', org: { id: world.id(9), name: '江阴市生态环境综合行政执法局' }, role: 'inspector', permissions: INSPECTOR_PERMS },
  }
  const state = { sessions: new Map(), keys: [], photos: new Map(), reports: [], signs: [], answers: new Map(), warnings: [], trips: [], hits: [] }
  const trip = (n, status, next, more = {}) => ({ ...world.manifests[n], id: world.id(700 + n), version: 4, status, number: `20263202${String(700 + n).padStart(6, '0')}`, number_status: 'demo', plate: '苏B·D1234', next, mine: true, late: false, due_at: new Date(Date.now() + 6 * 36e5).toISOString(), signatures: [{ step: 'consignor', person_name: '王建国', org: world.plant, role: 'manager', method: 'password', at: new Date(Date.now() - 3 * 36e5).toISOString(), version: 3, content_hash: hash('c'), warnings: [] }], ...more })
  state.trips = [
    trip(1, 'awaiting_carrier', { party: 'carrier', action: 'sign_carrier' }),
    trip(2, 'in_transit', { party: 'carrier', action: 'arrive' }, { late: true }),
    trip(3, 'awaiting_carrier', { party: 'carrier', action: 'sign_carrier' }, { unready: true, plate: null }),
    trip(4, 'arrived', { party: 'receiver', action: 'sign_receiver' }),
  ]
  const CAN = { sign_carrier: 'sign_carrier', arrive: 'arrive' }
  const view = (one) => {
    const base = world.full({ ...one })
    const leg = { no: 1, carrier: world.carrier, licence_no: '320281004321', vehicle: one.unready ? null : { id: world.id(31), plate: '苏B·D1234' }, driver: one.unready ? null : { id: world.id(41), name: '周师傅', phone: '139****0002' }, escort: { id: world.id(42), name: '吴押运' }, from: '周庄镇澄东路 18 号', to: '临港街道滨江路 6 号', via: '芙蓉大道', departed_at: null, arrived_at: null, handover_place: '', taken: one.status !== 'awaiting_carrier' }
    const { unready: _, ...rest } = one
    return { ...base, ...rest, content_hash: hash(`${one.id}/${one.version}`), legs: [leg], receiver_part: null, permissions: { edit_parts: [], actions: [CAN[one.next.action]].filter(Boolean) } }
  }
  const summary = ({ signatures: _, unready: __, ...rest }) => rest
  state.warnings = [
    { n: 1, rule: 'route_deviation', severity: 'high', title: '偏离规定路线', explanation: '苏B·D1234 于 10:12 偏离规定路线 1 350 米，持续 9 分钟，当时承运联单 20263202000702（废油漆）。', plate: '苏B·D1234', lat_e6: 31_912_340, lon_e6: 120_284_560, late: true },
    { n: 2, rule: 'long_stop', severity: 'medium', title: '途中长时间停留', explanation: '苏B·D1234 在云亭街道停留 42 分钟，超过 30 分钟。', plate: '苏B·D1234', lat_e6: 31_850_120, lon_e6: 120_352_410, late: false },
    { n: 3, rule: 'storage_over_limit', severity: 'low', title: '贮存临近期限', explanation: '澄东厂区 2 个容器还有 5 天达到贮存期限。', plate: null, lat_e6: null, lon_e6: null, late: false },
  ].map((one) => ({ id: world.id(800 + one.n), number: `YJ-2026-${String(100 + one.n)}`, version: 2, rule: one.rule, severity: one.severity, status: 'assigned', title: one.title, explanation: one.explanation, subject: { kind: one.plate ? 'vehicle' : 'site', id: world.id(31), label: one.plate ?? '澄东厂区' }, org_id: world.carrier.id, org_name: one.plate ? world.carrier.name : world.plant.name, vehicle_id: world.id(31), plate: one.plate, manifest_id: null, manifest_number: null, lat_e6: one.lat_e6, lon_e6: one.lon_e6, raised_at: new Date(Date.now() - 36e5).toISOString(), last_at: new Date(Date.now() - 12e5).toISOString(), count: one.n, assigned_to: { account_id: 'inspector-1', name: '赵队长' }, due_at: new Date(Date.now() + 36e5 * (one.late ? -1 : 24)).toISOString(), late: one.late, rule_version: 1, facts: [{ name: 'distance_m', label: '偏离距离', value: 1350, unit: 'm' }, { name: 'minutes', label: '持续时间', value: 9, unit: 'min' }, { name: 'loaded', label: '载有危险废物', value: true, unit: null }, { name: 'started_at', label: '开始时间', value: new Date(Date.now() - 36e5).toISOString(), unit: null }], condition: { expression: 'distance_m > 500', text: '' }, citation: [{ title: '《危险废物转移管理办法》', article: '第十三条' }], certainty: 'confirmed', timeline: [{ at: new Date(Date.now() - 36e5).toISOString(), action: 'raised', by_name: null, by_org: null, note: null, place: null, photos: [] }, { at: new Date(Date.now() - 30e5).toISOString(), action: 'assigned', by_name: '冯处长', by_org: '领导小组办公室', note: '请现场核查', place: null, photos: [] }], may: ['verify'] }))

  function me(who) {
    return { account_id: who.login, person: { id: who.login, name: who.name }, org: { ...who.org, kinds: [] }, roles: [who.role], permissions: who.permissions, second_factor: { required: false, enabled: false }, must_change_password: false, delegations: [], acting_for: null, city: { tenant_id: 'jiangyin', name_zh: '江阴市', name_en: 'Jiangyin', zone: 'Asia/Shanghai' }, demo: true, notices: [] }
  }

  function sign(who, one, body, key) {
    if (body.version !== one.version) return problem(412, 'stale_version', '内容已被他人更新')
    const full = view(one)
    if (body.content_hash !== full.content_hash) return problem(412, 'stale_version', '内容已被他人更新')
    const wanted = { sign_carrier: 'carrier', arrive: 'arrival' }[one.next.action]
    if (body.step !== wanted) return problem(409, 'conflict', '与现有数据冲突', [{ path: '/step', rule: 'HW-TR-STEP', message: '此步骤已经签署', remedy: '请刷新查看' }])
    let method = 'password'
    if (body.key) {
      const found = state.keys.find((row) => row.id === body.key.id && row.login === who.login && !row.revoked_at)
      if (!found) return problem(401, 'unauthenticated', '签名密钥无效', [{ path: '/key/id', rule: 'ID-KEY-001', message: '签名密钥已停用或不存在', remedy: '请重新登记密钥后签署' }])
      const text = `wufei-sign-1\n${one.id}\n${body.step}\n${body.version}\n${body.content_hash}\n${body.key.signed_at}\n${key}`
      const ok = verify('sha256', Buffer.from(text), { key: createPublicKey({ key: Buffer.from(found.public_key, 'base64'), format: 'der', type: 'spki' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(body.key.signature, 'base64'))
      if (!ok) return problem(401, 'unauthenticated', '签名不正确', [{ path: '/key/signature', rule: 'ID-KEY-002', message: '签名与内容不符', remedy: '请重新签署' }])
      method = 'signing_key'
    } else if (body.password !== 'wufei-demo-2026') return problem(401, 'unauthenticated', '密码不正确', [{ path: '/password', rule: 'ID-AUTH-001', message: '密码不正确', remedy: '请重新输入' }])
    const signature = { step: body.step, person_name: who.name, org: who.org, role: who.role, method, at: body.key?.signed_at ?? now(), version: one.version, content_hash: body.content_hash, warnings: [] }
    one.signatures = [...one.signatures, signature]
    one.version += 1
    Object.assign(one, body.step === 'carrier' ? { status: 'in_transit', departed_at: signature.at, next: { party: 'carrier', action: 'arrive' } } : { status: 'arrived', arrived_at: signature.at, next: { party: 'receiver', action: 'sign_receiver' } })
    state.signs.push({ manifest: one.id, step: body.step, key })
    return [200, view(one)]
  }

  /** Answers undefined when it is none of its business. `request` has method, url, body, raw, headers. */
  return function answer(request) {
    const { method, url, body, raw, headers } = request
    const p = url.pathname.slice(4)
    const sid = /wufei_mock=([\w-]+)/.exec(headers.cookie ?? '')?.[1]
    const who = sid ? (state.sessions.get(sid) ?? null) : null
    const m = (re) => re.exec(p)
    let x
    if (p === '/session' && method === 'POST' && Object.values(people).some((one) => one.login === body.login)) {
      if (body.password !== 'wufei-demo-2026') return problem(401, 'unauthenticated', '账号或密码不正确')
      const id = randomUUID()
      state.sessions.set(id, Object.values(people).find((one) => one.login === body.login))
      return [200, me(state.sessions.get(id)), { 'Set-Cookie': `wufei_mock=${id}; Path=/; HttpOnly; SameSite=Lax` }]
    }
    if (p === '/session' && method === 'POST') return undefined
    if (p === '/session' && method === 'DELETE' && who) {
      state.sessions.delete(sid)
      return [204, undefined]
    }
    // For the tests only: what arrived, a newer version behind the driver's back, a session that ends.
    if (p === '/mock/driver') return { signs: state.signs, reports: state.reports, photos: state.photos.size, hits: state.hits }
    if ((x = m(/^\/mock\/touch\/(.+)$/))) {
      state.trips.find((one) => one.id === x[1]).version += 1
      return {}
    }
    if (p === '/mock/end-sessions') {
      state.sessions.clear()
      return {}
    }
    const mine = /^\/(me|trip|photos|warnings)/.test(p) || state.trips.some((one) => p.startsWith(`/manifests/${one.id}`))
    if (!mine || (p === '/me' && !sid && !(headers.referer ?? '').includes('/m/'))) return undefined
    if (!who) return problem(401, 'unauthenticated', '请先登录')
    if (p === '/me') return me(who)
    const key = headers['idempotency-key']
    if (method === 'POST') {
      state.hits.push({ path: p, key })
      if (!key) return problem(400, 'malformed', 'no Idempotency-Key')
      const before = state.answers.get(key)
      if (before) return before
    }
    const kept = (value) => {
      if (value[0] < 300) state.answers.set(key, value)
      return value
    }
    if (p === '/me/signing-keys' && method === 'GET') return state.keys.filter((one) => one.login === who.login && !one.revoked_at).map(({ public_key: _, login: __, ...rest }) => rest)
    if (p === '/me/signing-keys') {
      if (body.password !== 'wufei-demo-2026') return problem(401, 'unauthenticated', '密码不正确', [{ path: '/password', rule: 'ID-AUTH-001', message: '密码不正确', remedy: '请重新输入' }])
      const row = { id: randomUUID(), name: body.name, created_at: now(), public_key: body.public_key, login: who.login, revoked_at: null }
      state.keys.push(row)
      return kept([201, { id: row.id, name: row.name, created_at: row.created_at }])
    }
    if ((x = m(/^\/me\/signing-keys\/(.+)$/)) && method === 'DELETE') {
      state.keys.find((one) => one.id === x[1]).revoked_at = now()
      return [204, undefined]
    }
    if (p === '/trip/today') return { manifests: who.role === 'driver' ? state.trips.map(summary) : [] }
    if (p === '/photos' && method === 'POST') {
      const sha256 = createHash('sha256').update(raw).digest('hex')
      if (raw.subarray(0, 2).toString('hex') !== 'ffd8') return problem(415, 'unsupported_media_type', 'x')
      state.photos.set(sha256, raw)
      return kept([201, { sha256, bytes: raw.length }])
    }
    if ((x = m(/^\/photos\/([0-9a-f]{64})$/))) return state.photos.has(x[1]) ? [200, state.photos.get(x[1]), { 'Content-Type': 'image/jpeg' }] : problem(404, 'not_found', 'x')
    if ((x = m(/^\/manifests\/([^/]+)\/reports$/))) {
      if (method === 'GET') return state.reports.filter((one) => one.manifest_id === x[1])
      const missing = (body.photos ?? []).filter((one) => !state.photos.has(one))
      if (missing.length > 0) return problem(422, 'validation_failed', 'x', [{ path: '/photos/0', rule: 'TR-PHOTO', message: '照片不存在', remedy: '请重新上传' }])
      const report = { id: randomUUID(), manifest_id: x[1], kind: body.kind, note: body.note, photos: body.photos, place: body.place, occurred_at: body.occurred_at, recorded_at: now(), by_name: who.name }
      state.reports.push(report)
      return kept([201, report])
    }
    if (m(/^\/manifests\/[^/]+\/check$/)) return { errors: [], warnings: [] }
    if ((x = m(/^\/manifests\/([^/]+)\/sign$/))) return kept(sign(who, state.trips.find((one) => one.id === x[1]), body, key))
    if ((x = m(/^\/manifests\/([^/]+)$/))) return view(state.trips.find((one) => one.id === x[1]))
    if (p === '/warnings') return { items: who.role === 'inspector' ? state.warnings.filter((one) => one.status === 'assigned') : [], next_cursor: null, total: 3 }
    if ((x = m(/^\/warnings\/([^/]+)\/verify$/))) {
      const one = state.warnings.find((row) => row.id === x[1])
      Object.assign(one, { version: one.version + 1, status: 'verified', may: [], timeline: [...one.timeline, { at: now(), action: 'verified', by_name: who.name, by_org: who.org.name, note: body.note, finding: body.finding, place: body.place, photos: body.photos }] })
      return kept([200, one])
    }
    if ((x = m(/^\/warnings\/([^/]+)$/))) return state.warnings.find((one) => one.id === x[1]) ?? problem(404, 'not_found', 'x')
    return undefined
  }
}
