// Shapes of the live part of the API: positions, tracks, warnings, terminals, checks, video. Coordinates are WGS-84
// in whole micro-degrees, times RFC 3339 in UTC, except in the compact points of a track (milliseconds).
import type { ManifestSummary } from './types'

export type VehicleState = 'moving' | 'stopped' | 'silent' | 'offline'
export interface Place { lat_e6: number; lon_e6: number; accuracy_m: number | null }

export interface CarriedManifest {
  id: string
  number: string | null
  status: string
  waste_codes: string[]
  consignor_name: string
  receiver_name: string
}
/** What a position event carries of a vehicle. */
export interface VehicleLite {
  vehicle_id: string
  lat_e6: number
  lon_e6: number
  speed_kmh: number
  heading_deg: number
  at: string
  state: VehicleState
  manifest_id: string | null
  open_warnings: number
}
export interface LiveVehicle extends Omit<VehicleLite, 'manifest_id'> {
  plate: string
  org_id: string
  org_name: string
  received_at: string
  stopped_since: string | null
  /** The youngest of what it carries, as far as the caller may know of it. */
  manifest: CarriedManifest | null
  /** All of it, the youngest first. */
  manifests?: CarriedManifest[]
}
export interface LiveVehicles { at: string; vehicles: LiveVehicle[] }
export interface Positions {
  at: string
  vehicles: VehicleLite[]
  /** Vehicles that the caller saw and may not see any more. */
  gone?: string[]
}
export interface WarningNews { id: string; action: string; rule: string; severity: string; vehicle_id: string | null }

/** GeoJSON as the map library reads it. */
export interface GeoJson { type: string; [key: string]: unknown }
export interface LiveBase { note_id: string; boundary: GeoJson; towns: GeoJson; roads: GeoJson }
export interface LiveSite { id: string; org_id: string; org_name: string; name: string; lat_e6: number; lon_e6: number; roles: string[] }
export interface LiveZone { id: string; name: string; kind: string; shape: unknown }
export interface LivePlaces { sites: LiveSite[]; zones: LiveZone[] }

export type TrackPoint = [at: number, lat_e6: number, lon_e6: number, speed_dkmh: number, heading: number]
export interface TrackSegment { kind: 'trip' | 'stop'; from: string; to: string; metres: number; lat_e6: number | null; lon_e6: number | null }
export interface TrackWarning { id: string; rule: string; at: string; lat_e6: number | null; lon_e6: number | null; severity: string }
export interface Track {
  vehicle_id: string
  plate: string
  from: string
  to: string
  points: TrackPoint[]
  segments: TrackSegment[]
  gaps: { from: string; to: string }[]
  warnings: TrackWarning[]
  total_points: number
  simplified: boolean
}

export interface DeviceHealth {
  device_id: string
  terminal_number: string
  plate: string | null
  org_name: string
  protocol: string
  state: string
  last_at: string | null
  last_received_at: string | null
  clock_offset_s: number | null
  frames: number
  bad_frames: number
  late: number
  jumps?: number
  connected_since?: string | null
}
export interface QuarantineRow {
  terminal_number: string
  protocol: string
  first_at: string
  last_at: string
  frames: number
  reason: string
  plate: string | null
  remote: string
}
/** A frame that could not be read. */
export interface BadFrame { at: string; terminal_number: string; remote: string; code: string; offset: number; frame_hex: string }
export interface Quarantine { items: QuarantineRow[]; counters: Record<string, number> | null; samples?: BadFrame[] }

export interface WarningSummary {
  id: string
  number: string | null
  version: number
  rule: string
  severity: string
  status: string
  title: string
  explanation: string
  subject: { kind: string; id: string; label: string } | null
  org_id: string | null
  org_name: string | null
  vehicle_id: string | null
  plate: string | null
  manifest_id: string | null
  manifest_number: string | null
  lat_e6: number | null
  lon_e6: number | null
  raised_at: string
  last_at: string
  count: number
  assigned_to: { account_id: string; name: string } | null
  due_at: string | null
  late: boolean
}
export interface WarningFact { name: string; label: string; value: string | number | boolean | null; unit: string | null }
/** A source of law: its text with the edition, or title and article apart. */
export interface Citation { id?: string; text?: string; edition?: string | null; title?: string; article?: string | null; url?: string | null }
export interface WarningStep {
  at: string
  action: string
  by_name: string | null
  by_org: string | null
  note: string | null
  finding?: string | null
  outcome?: string | null
  assigned_to?: string | null
  place?: Place | null
  photos?: string[]
}
export interface WarningView extends WarningSummary {
  rule_version: number | string
  facts: WarningFact[]
  condition: { expression: string; text: string }
  citation: Citation[]
  certainty: string
  timeline: WarningStep[]
  may: string[]
}
export interface WarningCount { key?: string; rule?: string; severity?: string; status?: string; title?: string; count?: number; open?: number }
export interface WarningCounts { by_rule: WarningCount[]; by_severity: WarningCount[]; by_status: WarningCount[] }
export interface Assignee { account_id: string; name: string; org_name: string; open: number }
export interface RuleParam { name: string; value: unknown; text?: string; unit: string | null; certainty: string; source: string | null }
export interface WarningRule {
  id: string
  name: string
  severity: string
  subject: string
  expression: string
  explanation: string
  params: RuleParam[]
  citation: Citation[] | Citation | null
  enabled: boolean
}
export interface WarningRules { version: number | string; rules: WarningRule[] }

export interface CheckView {
  id: string
  at: string
  kind: string
  value: string
  purpose?: string
  found: boolean
  checked_no: string | null
  vehicle: { vehicle_id: string; plate: string; org_name: string; licence?: string | null; [key: string]: unknown } | null
  manifests: ManifestSummary[]
  live: LiveVehicle | null
  open_warnings: WarningSummary[]
  code: { valid: boolean; version: number; stated_hash_matches: boolean } | null
  offences?: unknown[]
}

export interface SiteCompleteness { site_id: string; site_name: string; org_name: string; required: string[]; present: string[]; missing: string[] }
export interface VideoEvent {
  id: string
  camera_id: string | null
  camera_name?: string | null
  gb28181_id?: string | null
  site_name?: string | null
  org_name?: string | null
  kind: string
  at: string
  confidence_permille: number | null
  snapshot: string | null
  status: string
  note?: string | null
  warning_id?: string | null
  external_id?: string | null
}
