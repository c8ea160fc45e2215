// What a report and a finding have in common: a choice, a note, pictures and the place, kept until they are in the
// outbox. The page says what is put there and where it goes then.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { useRouter } from 'vue-router'
import type { Place } from '@/shared/api/live'
import { ApiProblem } from '@/shared/api/problem'
import { t } from '@/shared/i18n'
import type { Photo } from '@/shared/lib/photos'
import { say } from '@/shared/ui/toast'
import { useUnsaved } from '@/shared/ui/unsaved'
import { photoDrafts } from './acts'
import { online } from './net'
import { submit } from './outbox'
import type { Draft } from './outbox/types'

export interface Given { note: string; photos: Photo[]; place: Place | null; now: number }
/** What goes into the outbox after the pictures, and the address that is shown once it is there. */
export interface EvidenceAct { subject: string; label: string; draft: Draft; back: () => string }
export interface EvidenceOptions {
  choice: Ref<string>
  /** Said when nothing is chosen. */
  unchosen: () => string
  /** Said without network. */
  waiting: () => string
  /** Null while there is nothing yet that the evidence could be about. */
  act: (given: Given) => EvidenceAct | null
}
export interface Evidence { note: Ref<string>; photos: ShallowRef<Photo[]>; place: ShallowRef<Place | null>; fault: Ref<string>; busy: Ref<boolean>; send: () => Promise<void> }

export function useEvidence(options: EvidenceOptions): Evidence {
  const router = useRouter()
  const note = ref('')
  const photos = shallowRef<Photo[]>([])
  const place = shallowRef<Place | null>(null)
  const fault = ref('')
  const unsaved = useUnsaved(() => [options.choice.value, note.value, photos.value.map((one) => one.id), place.value])
  const busy = ref(false)
  async function send(): Promise<void> {
    fault.value = options.choice.value === '' ? options.unchosen() : note.value.trim().length < 4 ? t('m.report.no_note') : ''
    if (fault.value !== '' || busy.value) return
    busy.value = true
    try {
      const act = options.act({ note: note.value, photos: photos.value, place: place.value, now: Date.now() })
      if (!act) return
      const pictures = photoDrafts(photos.value)
      await submit({ subject: act.subject, label: act.label, bytes: pictures.bytes, drafts: [...pictures.drafts, act.draft] })
      unsaved.release()
      await router.replace(act.back())
      say(online.value ? t('m.report.queued') : options.waiting())
    } catch (error) {
      if (error instanceof ApiProblem) throw error
      console.error(error)
      fault.value = t('m.store_failed')
    } finally {
      busy.value = false
    }
  }
  return { note, photos, place, fault, busy, send }
}
