// What is known of all vehicles, from a snapshot and the events after it. Pure: the map and the lists read it.
// Nothing older ever replaces something newer, whichever way it came.
import type { CarriedManifest, LiveVehicle, LiveVehicles, Positions, VehicleLite, VehicleState } from '@/shared/api/live'

export interface Fleet { at: string; vehicles: Map<string, LiveVehicle> }
export interface Merged {
  /** Vehicles whose position, state or load is another than before. */
  changed: string[]
  /** Vehicles that are not to be seen any more. */
  gone: string[]
  /** The event named a vehicle or a load that the snapshot did not tell about: it must be read again. */
  incomplete: boolean
}

export const emptyFleet = (): Fleet => ({ at: '', vehicles: new Map() })

/** Times of the API compare as instants: their texts may differ in precision. */
const millis = (iso: string): number => (iso === '' ? Number.NEGATIVE_INFINITY : Date.parse(iso))
export const later = (a: string, b: string): boolean => millis(a) > millis(b)

/** A whole snapshot: what it does not name is gone; what events told meanwhile stays. */
export function mergeSnapshot(before: Fleet, body: LiveVehicles): Fleet {
  const vehicles = new Map<string, LiveVehicle>()
  for (const one of body.vehicles) {
    const known = before.vehicles.get(one.vehicle_id)
    vehicles.set(one.vehicle_id, known && later(known.at, one.at) ? { ...one, ...moved(known) } : one)
  }
  return { at: later(before.at, body.at) ? before.at : body.at, vehicles }
}

const moved = (one: LiveVehicle): Partial<LiveVehicle> => ({
  lat_e6: one.lat_e6, lon_e6: one.lon_e6, speed_kmh: one.speed_kmh, heading_deg: one.heading_deg, at: one.at, received_at: one.received_at, state: one.state, stopped_since: one.stopped_since,
})

/** Applies a position event in place: thousands of vehicles move every second, so nothing is copied but the rows. */
export function mergePositions(fleet: Fleet, body: Positions): Merged {
  const changed: string[] = []
  let incomplete = false
  for (const lite of body.vehicles) {
    const known = fleet.vehicles.get(lite.vehicle_id)
    if (!known) {
      incomplete = true
      continue
    }
    if (later(known.at, lite.at)) continue
    if (lite.manifest_id !== null && known.manifest?.id !== lite.manifest_id) incomplete = true
    fleet.vehicles.set(lite.vehicle_id, apply(known, lite, body.at))
    changed.push(lite.vehicle_id)
  }
  const gone = (body.gone ?? []).filter((id) => fleet.vehicles.delete(id))
  if (later(body.at, fleet.at)) fleet.at = body.at
  return { changed, gone, incomplete }
}

function apply(known: LiveVehicle, lite: VehicleLite, received: string): LiveVehicle {
  return {
    ...known,
    lat_e6: lite.lat_e6, lon_e6: lite.lon_e6, speed_kmh: lite.speed_kmh, heading_deg: lite.heading_deg, at: lite.at, received_at: received, state: lite.state, open_warnings: lite.open_warnings,
    stopped_since: lite.state === 'moving' ? null : lite.state === 'stopped' && known.state === 'moving' ? lite.at : known.stopped_since,
    manifests: lite.manifest_id === null ? [] : known.manifests ?? [],
    manifest: lite.manifest_id === null ? null : known.manifest?.id === lite.manifest_id ? known.manifest : { id: lite.manifest_id, number: null, status: 'in_transit', waste_codes: [], consignor_name: '', receiver_name: '' },
  }
}

export interface FleetFilter { q: string; states: VehicleState[]; warned: boolean; loaded: boolean }
export const STATES: readonly VehicleState[] = ['moving', 'stopped', 'silent', 'offline']

export function matches(one: LiveVehicle, filter: FleetFilter): boolean {
  if (filter.states.length > 0 && !filter.states.includes(one.state)) return false
  if (filter.warned && one.open_warnings === 0) return false
  if (filter.loaded && one.manifest === null) return false
  if (filter.q === '') return true
  const q = plain(filter.q)
  const carried = carriedBy(one).flatMap((it) => [it.number ?? '', it.consignor_name, it.receiver_name])
  return [one.plate, one.org_name, ...carried].some((text) => plain(text).includes(q))
}
/** Everything that a vehicle carries, the youngest first. */
export const carriedBy = (one: LiveVehicle): CarriedManifest[] => (one.manifests?.length ? one.manifests : one.manifest ? [one.manifest] : [])
/** Plates are typed with and without the dot. */
const plain = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/[\s·•・.\-]/g, '')

/** Those that match, what needs a look first: warned, then loaded, then by plate. */
export function chosen(fleet: Fleet, filter: FleetFilter): LiveVehicle[] {
  const rank = (one: LiveVehicle): number => (one.open_warnings > 0 ? 0 : one.manifest ? 1 : 2)
  return [...fleet.vehicles.values()].filter((one) => matches(one, filter)).sort((a, b) => rank(a) - rank(b) || (a.plate < b.plate ? -1 : a.plate > b.plate ? 1 : 0))
}

export interface FleetCounts { all: number; warned: number; loaded: number; states: Record<VehicleState, number> }
export function countFleet(fleet: Fleet): FleetCounts {
  const out: FleetCounts = { all: 0, warned: 0, loaded: 0, states: { moving: 0, stopped: 0, silent: 0, offline: 0 } }
  for (const one of fleet.vehicles.values()) {
    out.all += 1
    if (one.open_warnings > 0) out.warned += 1
    if (one.manifest) out.loaded += 1
    out.states[one.state] = (out.states[one.state] ?? 0) + 1
  }
  return out
}

type Query = Record<string, unknown>
const word = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The filter as it stands in the address; unknown words are left out. */
export function filterFrom(query: Query): FleetFilter {
  return {
    q: word(query['q']),
    states: word(query['state']).split(',').filter((one): one is VehicleState => (STATES as readonly string[]).includes(one)),
    warned: word(query['warned']) === '1',
    loaded: word(query['loaded']) === '1',
  }
}
/** The address of a filter: only what narrows. */
export function filterTo(filter: FleetFilter): Record<string, string | null> {
  return { q: filter.q || null, state: STATES.filter((one) => filter.states.includes(one)).join(',') || null, warned: filter.warned ? '1' : null, loaded: filter.loaded ? '1' : null }
}
