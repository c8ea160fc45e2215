// When a person was here last, for what changed since. It is kept in this browser only: on another one the page says
// nothing about a visit, rather than something wrong.
const STORE = 'wufei.visit.'
/** Calls of the page closer together than this are one visit. */
const APART = 30 * 60_000

interface Kept { since: string | null; last: string }

/** The end of the visit before this one; null on the first. Notes the present call. */
export function lastVisit(account: string, now: Date = new Date(), store: Pick<Storage, 'getItem' | 'setItem'> = localStorage): string | null {
  if (account === '') return null
  let kept: Kept | null = null
  try {
    kept = JSON.parse(store.getItem(STORE + account) ?? 'null') as Kept | null
  } catch {
    // What cannot be read is as good as nothing.
  }
  const before = kept && !Number.isNaN(Date.parse(kept.last)) ? kept : null
  const since = before === null ? null : now.getTime() - Date.parse(before.last) > APART ? before.last : before.since
  try {
    store.setItem(STORE + account, JSON.stringify({ since, last: now.toISOString() }))
  } catch {
    // Without storage every visit is the first.
  }
  return since
}
