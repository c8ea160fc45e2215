import { describe, expect, it } from 'vitest'
import type { LiveVehicle, VehicleLite } from '@/shared/api/live'
import { soughtFrom } from '@/shared/lib/live/check'
import { chosen, countFleet, emptyFleet, filterFrom, filterTo, mergePositions, mergeSnapshot, type FleetFilter } from '@/shared/lib/live/fleet'
import { at, LONGEST, SHORTEST, still, towards, turn } from '@/shared/lib/live/motion'
import { readShape, writeShape } from '@/shared/lib/live/shape'
import { backOff, EventReader } from '@/shared/lib/live/sse'

const T = (second: number): string => new Date(Date.UTC(2026, 10, 24, 2, 0, second)).toISOString()
const vehicle = (id: string, more: Partial<LiveVehicle> = {}): LiveVehicle => ({
  vehicle_id: id, plate: `苏B·${id}`, org_id: 'o', org_name: '安达', lat_e6: 31_900_000, lon_e6: 120_200_000, speed_kmh: 40, heading_deg: 90, at: T(0), received_at: T(0), state: 'moving', stopped_since: null, manifest: null, open_warnings: 0, ...more,
})
const lite = (id: string, second: number, more: Partial<VehicleLite> = {}): VehicleLite => ({
  vehicle_id: id, lat_e6: 31_900_100, lon_e6: 120_200_200, speed_kmh: 41, heading_deg: 95, at: T(second), state: 'moving', manifest_id: null, open_warnings: 0, ...more,
})
const fleetOf = (...vehicles: LiveVehicle[]) => mergeSnapshot(emptyFleet(), { at: T(0), vehicles })

describe('event stream', () => {
  it('gives complete events however the bytes are cut', () => {
    const text = ': hello\nid: 7\nevent: positions\ndata: {"a":\ndata: 1}\n\nid: 8\r\nevent: reset\r\ndata:\r\n\r\ndata: x\n\n'
    const whole = new EventReader().feed(text)
    const reader = new EventReader()
    const cut = [...text].flatMap((letter) => reader.feed(letter))
    expect(cut).toEqual(whole)
    expect(whole).toEqual([
      { event: 'positions', data: '{"a":\n1}', id: '7' }, { event: 'reset', data: '', id: '8' }, { event: 'message', data: 'x', id: '8' },
    ])
  })
  it('keeps an unfinished event for later and drops one without data', () => {
    const reader = new EventReader()
    expect(reader.feed('event: hello\n\ndata: 1')).toEqual([])
    expect(reader.feed('\n\n')).toEqual([{ event: 'message', data: '1', id: null }])
  })
  it('waits longer after each failure, up to half a minute', () => {
    const waits = [0, 1, 2, 3, 4, 5, 50].map((failures) => backOff(failures, 1))
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    expect(backOff(3, 0)).toBe(4000)
  })
})

describe('fleet', () => {
  it('takes newer positions and refuses older ones', () => {
    const fleet = fleetOf(vehicle('A', { at: T(5) }))
    expect(mergePositions(fleet, { at: T(6), vehicles: [lite('A', 4)] })).toEqual({ changed: [], gone: [], incomplete: false })
    expect(fleet.vehicles.get('A')?.lat_e6).toBe(31_900_000)
    expect(mergePositions(fleet, { at: T(7), vehicles: [lite('A', 6)] }).changed).toEqual(['A'])
    expect(fleet.vehicles.get('A')).toMatchObject({ lat_e6: 31_900_100, heading_deg: 95, at: T(6), plate: '苏B·A' })
    expect(fleet.at).toBe(T(7))
  })
  it('says when it must ask again: unknown vehicle, unknown load', () => {
    const fleet = fleetOf(vehicle('A'))
    expect(mergePositions(fleet, { at: T(1), vehicles: [lite('B', 1)] })).toEqual({ changed: [], gone: [], incomplete: true })
    expect(mergePositions(fleet, { at: T(1), vehicles: [lite('A', 1, { manifest_id: 'm' })] }).incomplete).toBe(true)
    expect(fleet.vehicles.get('A')?.manifest?.id).toBe('m')
    expect(mergePositions(fleet, { at: T(2), vehicles: [lite('A', 2, { manifest_id: null })] }).incomplete).toBe(false)
    expect(fleet.vehicles.get('A')?.manifest).toBeNull()
  })
  it('forgets what may not be seen any more', () => {
    const fleet = fleetOf(vehicle('A'), vehicle('B'))
    expect(mergePositions(fleet, { at: T(1), vehicles: [], gone: ['B', 'X'] }).gone).toEqual(['B'])
    expect([...fleet.vehicles.keys()]).toEqual(['A'])
  })
  it('knows since when a vehicle stands', () => {
    const fleet = fleetOf(vehicle('A'))
    mergePositions(fleet, { at: T(3), vehicles: [lite('A', 3, { state: 'stopped' })] })
    expect(fleet.vehicles.get('A')?.stopped_since).toBe(T(3))
    mergePositions(fleet, { at: T(9), vehicles: [lite('A', 9, { state: 'stopped' })] })
    expect(fleet.vehicles.get('A')?.stopped_since).toBe(T(3))
    mergePositions(fleet, { at: T(12), vehicles: [lite('A', 12)] })
    expect(fleet.vehicles.get('A')?.stopped_since).toBeNull()
  })
  it('a snapshot drops what is gone and never turns back what events told', () => {
    const fleet = fleetOf(vehicle('A'), vehicle('B'))
    mergePositions(fleet, { at: T(8), vehicles: [lite('A', 8)] })
    const next = mergeSnapshot(fleet, { at: T(4), vehicles: [vehicle('A', { at: T(4), open_warnings: 2 })] })
    expect([...next.vehicles.keys()]).toEqual(['A'])
    expect(next.vehicles.get('A')).toMatchObject({ at: T(8), lat_e6: 31_900_100, open_warnings: 2 })
    expect(next.at).toBe(T(8))
  })
  it('compares instants, not their texts', () => {
    const fleet = fleetOf(vehicle('A', { at: '2026-11-24T02:00:05Z' }))
    expect(mergePositions(fleet, { at: T(6), vehicles: [lite('A', 0, { at: '2026-11-24T02:00:04.900Z' })] }).changed).toEqual([])
    expect(mergePositions(fleet, { at: T(6), vehicles: [lite('A', 0, { at: '2026-11-24T02:00:05.100Z' })] }).changed).toEqual(['A'])
  })
  it('filters, counts and sorts', () => {
    const fleet = fleetOf(vehicle('C1'), vehicle('B2', { state: 'stopped', open_warnings: 1 }), vehicle('A3', { manifest: { id: 'm', number: '20263202000123', status: 'in_transit', waste_codes: [], consignor_name: '澄东', receiver_name: '绿源' } }))
    const all: FleetFilter = { q: '', states: [], warned: false, loaded: false }
    const ids = (filter: Partial<FleetFilter>): string[] => chosen(fleet, { ...all, ...filter }).map((one) => one.vehicle_id)
    expect(ids({})).toEqual(['B2', 'A3', 'C1'])
    expect(ids({ states: ['stopped'] })).toEqual(['B2'])
    expect(ids({ loaded: true })).toEqual(['A3'])
    expect(ids({ warned: true })).toEqual(['B2'])
    expect(ids({ q: '苏bc1' })).toEqual(['C1'])
    expect(ids({ q: '000123' })).toEqual(['A3'])
    expect(countFleet(fleet)).toMatchObject({ all: 3, warned: 1, loaded: 1, states: { moving: 2, stopped: 1 } })
  })
  it('keeps its filter in the address and back', () => {
    const filter: FleetFilter = { q: '苏B', states: ['silent', 'moving'], warned: true, loaded: false }
    const query = filterTo(filter)
    expect(query).toEqual({ q: '苏B', state: 'moving,silent', warned: '1', loaded: null })
    expect(filterFrom(query)).toEqual({ ...filter, states: ['moving', 'silent'] })
    expect(filterFrom({ state: 'flying,stopped', warned: 'yes', q: ['a'] })).toEqual({ q: '', states: ['stopped'], warned: false, loaded: false })
    expect(Object.values(filterTo({ q: '', states: [], warned: false, loaded: false })).every((one) => one === null)).toBe(true)
  })
})

describe('motion', () => {
  it('turns by the shorter way', () => {
    expect(turn(350, 10, 0.5)).toBe(0)
    expect(turn(10, 350, 0.5)).toBe(0)
    expect(turn(90, 180, 1)).toBe(180)
  })
  it('glides evenly from where it is drawn, over the time between two reports', () => {
    const first = still(0, 0, 90, 1000)
    const glide = towards(first, 100, 50, 90, 2000, false)
    expect(glide.duration).toBe(1000)
    expect(at(glide, 2500)).toMatchObject({ x: 50, y: 25, done: false })
    expect(at(glide, 9000)).toMatchObject({ x: 100, y: 50, done: true })
    const next = towards(glide, 200, 50, 90, 2500, false)
    expect(next.fromX).toBe(50)
    expect(next.duration).toBe(500)
  })
  it('is never too short, too long or too far', () => {
    expect(towards(still(0, 0, 0, 0), 10, 0, 0, 20, false).duration).toBe(SHORTEST)
    expect(towards(still(0, 0, 0, 0), 10, 0, 0, 90_000, false).duration).toBe(LONGEST)
    expect(towards(still(0, 0, 0, 0), 90_000, 0, 0, 1000, false)).toMatchObject({ fromX: 90_000, duration: 0 })
  })
  it('does not move for those who want no motion', () => {
    expect(at(towards(still(0, 0, 0, 0), 100, 0, 45, 1000, true), 1000)).toMatchObject({ x: 100, heading: 45, done: true })
  })
})

describe('shape of a zone', () => {
  it('reads circle and polygon, as text or object', () => {
    const circle = { circle: { lat_e6: 31_900_000, lon_e6: 120_200_000, radius_m: 500 } }
    expect(readShape(JSON.stringify(circle))).toEqual(circle)
    const ring = [[120.1, 31.9], [120.2, 31.9], [120.2, 31.8], [120.1, 31.9]]
    const polygon = readShape({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [ring] } })
    expect(polygon).toEqual({ polygon: ring })
    expect(readShape(writeShape(polygon!))).toEqual(polygon)
    expect(readShape(writeShape({ circle: circle.circle }))).toEqual(circle)
  })
  it('refuses what is none', () => {
    for (const bad of ['', '{', 'null', '{"circle":{"lat_e6":1}}', '{"circle":{"lat_e6":1,"lon_e6":1,"radius_m":0}}', '{"type":"Polygon","coordinates":[[[1,2],[3,4]]]}', 7]) expect(readShape(bad)).toBeNull()
  })
})

describe('what a roadside check looks for', () => {
  it('knows plates, numbers and printed codes', () => {
    expect(soughtFrom('苏b·d1234')).toEqual({ kind: 'plate', value: '苏BD1234' })
    expect(soughtFrom(' 苏B D12345 ')).toEqual({ kind: 'plate', value: '苏BD12345' })
    expect(soughtFrom('20263202000123')).toEqual({ kind: 'number', value: '20263202000123' })
    expect(soughtFrom('WF-2026-901')).toEqual({ kind: 'number', value: 'WF-2026-901' })
    const code = `wf1.0193a000-0000-7000-8000-000000000500.3.abcdef.1790000000.${'A'.repeat(86)}`
    expect(soughtFrom(`http://x/m/0193a000-0000-7000-8000-000000000500?attest=${code}`)).toEqual({ kind: 'code', value: code })
    expect(soughtFrom('  ')).toBeNull()
  })
})
