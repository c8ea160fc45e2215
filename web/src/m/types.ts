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
