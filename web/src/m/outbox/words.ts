// What an item is called.
import { has, t, tEnum } from '@/shared/i18n'
import type { Item, Refusal } from './types'

export function titleOf(item: Pick<Item, 'kind' | 'what'>): string {
  if (item.kind === 'photo') return t('m.item.photo')
  if (item.kind === 'verify') return t('m.item.verify')
  if (item.kind === 'sign') return t('m.item.sign', { what: item.what === 'arrival' ? t('m.step.arrival') : t('m.step.carrier') })
  return t('m.item.report', { what: tEnum('trip_report', item.what) })
}

/** The server's words: what each rule says and how to mend it, else title and detail. */
export function refusalLines(refusal: Refusal): string[] {
  if (refusal.errors.length > 0) return refusal.errors.flatMap((one) => [one.message, one.remedy ?? '']).filter(Boolean)
  const key = `problem.${refusal.code}`
  const title = has(key) ? t(key) : refusal.title
  return [title, refusal.detail].filter((one, i, all) => one !== '' && all.indexOf(one) === i)
}
