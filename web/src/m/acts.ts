// What one act of a person puts into the outbox: pictures, a signature, a report, a finding — each with its own key.
import { newKey } from '@/shared/api/idempotency'
import type { Place } from '@/shared/api/live'
import type { Manifest } from '@/shared/api/types'
import type { Photo } from '@/shared/lib/photos'
import { signedAt, signingText } from './keys/vault'
import type { Draft } from './outbox/types'

export const photoDrafts = (photos: Photo[]): { drafts: Draft[]; bytes: Map<string, ArrayBuffer> } => ({
  drafts: photos.map((photo) => ({ id: photo.id, kind: 'photo', path: '/photos', type: 'image/jpeg' })),
  bytes: new Map(photos.map((photo) => [photo.id, photo.bytes])),
})

/** A signature with the phone's key over exactly this version. The key signs the idempotency key, too. */
export async function signDraft(doc: Manifest, step: 'carrier' | 'arrival', keyId: string, sign: (text: string) => Promise<string>, now: number): Promise<Draft> {
  const id = newKey()
  const at = signedAt(now)
  const signature = await sign(signingText({ manifest: doc.id, step, version: doc.version, contentHash: doc.content_hash, signedAt: at, key: id }))
  return {
    id, kind: 'sign', what: step, path: `/manifests/${doc.id}/sign`, version: doc.version,
    body: {
      step, version: doc.version, content_hash: doc.content_hash, key: { id: keyId, signed_at: at, signature },
      // The moment of signing, not of sending: the phone may have been offline for hours.
      ...(step === 'arrival' ? { data: { arrived_at: at } } : {}),
    },
  }
}

export interface ReportInput { manifest: string; kind: string; note: string; photos: Photo[]; place: Place | null; now: number; needs?: string[] }

export function reportDraft(input: ReportInput): Draft {
  const photos = input.photos.map((photo) => photo.id)
  return {
    id: newKey(), kind: 'report', what: input.kind, path: `/manifests/${input.manifest}/reports`, photos, needs: [...photos, ...(input.needs ?? [])],
    body: { kind: input.kind, note: input.note.trim(), photos: [], place: input.place, occurred_at: signedAt(input.now) },
  }
}

export function verifyDraft(input: { warning: string; version: number; finding: string; note: string; photos: Photo[]; place: Place | null; now: number }): Draft {
  const photos = input.photos.map((photo) => photo.id)
  return {
    id: newKey(), kind: 'verify', what: input.finding, path: `/warnings/${input.warning}/verify`, version: input.version, photos, needs: photos,
    body: { finding: input.finding, note: input.note.trim(), photos: [], place: input.place, occurred_at: signedAt(input.now) },
  }
}
