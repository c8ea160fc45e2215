// Trips and warnings as the pages read them: from the server, else as last kept on the phone.
import { get } from '@/shared/api/client'
import type { WarningSummary, WarningView } from '@/shared/api/live'
import type { Manifest, ManifestSummary, Page } from '@/shared/api/types'
import { pending } from './outbox'
import { fresh, prune, allKept } from './store/docs'
import type { TripReport, TripToday } from './types'

const quick = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(15_000) })
export const manifestKey = (id: string): string => `manifest/${id}`
export const warningKey = (id: string): string => `warning/${id}`
export type Fresh<T> = { value: T; at: number; live: boolean }

export const loadManifest = (id: string): Promise<Fresh<Manifest>> => fresh(manifestKey(id), () => get<Manifest>(`/manifests/${id}`, undefined, quick()))
export const loadReports = (id: string): Promise<Fresh<TripReport[]>> => fresh(`reports/${id}`, async () => {
  const value = await get<TripReport[] | { items: TripReport[] }>(`/manifests/${id}/reports`, undefined, quick())
  return Array.isArray(value) ? value : value.items
})

/** Today's list; the documents themselves are fetched behind it, so that each opens without network later. */
export async function loadToday(): Promise<Fresh<TripToday>> {
  const list = await fresh('today', () => get<TripToday>('/trip/today', undefined, quick()))
  if (list.live) void keepAll(list.value.manifests)
  return list
}

async function keepAll(manifests: ManifestSummary[]): Promise<void> {
  const have = new Map((await allKept<Manifest>('manifest/')).map(({ key, kept }) => [key, kept.value.version]))
  for (const one of manifests.slice(0, 30)) if (have.get(manifestKey(one.id)) !== one.version) await loadManifest(one.id).catch(() => undefined)
  // What is no longer today's leaves the phone, unless something about it still waits.
  const wanted = manifests.map((one) => manifestKey(one.id))
  await prune('manifest/', [...wanted, ...[...have.keys()].filter((key) => pending(key).length > 0)])
  await prune('reports/', manifests.map((one) => `reports/${one.id}`))
}

export async function loadWarnings(): Promise<Fresh<WarningSummary[]>> {
  const list = await fresh('warnings', async () => (await get<Page<WarningSummary>>('/warnings', { assigned_to: 'me', status: 'open', limit: 100 }, quick())).items)
  if (list.live) void keepWarnings(list.value)
  return list
}

async function keepWarnings(warnings: WarningSummary[]): Promise<void> {
  const have = new Map((await allKept<WarningView>('warning/')).map(({ key, kept }) => [key, kept.value.version]))
  for (const one of warnings.slice(0, 30)) if (have.get(warningKey(one.id)) !== one.version) await loadWarning(one.id).catch(() => undefined)
  await prune('warning/', [...warnings.map((one) => warningKey(one.id)), ...[...have.keys()].filter((key) => pending(key).length > 0)])
}
export const loadWarning = (id: string): Promise<Fresh<WarningView>> => fresh(warningKey(id), () => get<WarningView>(`/warnings/${id}`, undefined, quick()))

export type PhoneStep = 'carrier' | 'arrival'
/** The step that the driver signs now; what the platform names as next and lets this person do. */
export function stepOf(doc: ManifestSummary & { permissions?: { actions: string[] } }): PhoneStep | null {
  const step = doc.next.action === 'sign_carrier' ? 'carrier' : doc.next.action === 'arrive' ? 'arrival' : null
  if (!step || !doc.permissions) return step
  const names = step === 'carrier' ? ['sign_carrier', 'carrier'] : ['arrive', 'arrival']
  return names.some((name) => doc.permissions!.actions.includes(name)) ? step : null
}

/** Whether vehicle and crew of the open leg are filled, which taking over needs. */
export const legReady = (doc: Manifest): boolean => {
  const leg = doc.legs.at(-1)
  return !!leg?.vehicle && !!leg.driver
}
