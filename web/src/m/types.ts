// Shapes of the part of the API that only the phone page uses.
import type { Place } from '@/shared/api/live'
import type { ManifestSummary } from '@/shared/api/types'

export interface TripToday { manifests: ManifestSummary[] }
export interface TripReport {
  id: string
  manifest_id: string
  kind: string
  note: string
  photos: string[]
  place: Place | null
  occurred_at: string
  recorded_at: string
  by_name: string
}
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
  org_name: string | null
  plate: string | null
  manifest_id: string | null
  manifest_number: string | null
  lat_e6: number | null
  lon_e6: number | null
  raised_at: string
  last_at: string
  count: number
  due_at: string | null
  late: boolean
}
export interface WarningView extends WarningSummary {
  facts: { name: string; label: string; value: string | number | boolean | null; unit: string | null }[]
  citation: { title: string; article?: string | null; url?: string | null }[] | { title: string; article?: string | null } | null
  timeline: { at: string; action: string; by_name: string | null; by_org: string | null; note: string | null; finding?: string | null; outcome?: string | null; photos?: string[] }[]
  may: string[]
}
