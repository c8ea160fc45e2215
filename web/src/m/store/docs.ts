// Documents kept on the phone for reading without network: manifests, warnings and their lists, each with the time
// it was fetched. What the server says always wins; this is only the last that was seen.
import { ApiProblem } from '@/shared/api/problem'
import { reached } from '../net'
import { ask, read, remove, transaction, write } from './db'

export interface Kept<T> { value: T; at: number }

export const kept = <T>(key: string): Promise<Kept<T> | null> => read<Kept<T>>('docs', key).catch(() => null)

export async function keep<T>(key: string, value: T): Promise<void> {
  // A full disk must not stand between the driver and the page.
  await write('docs', key, { value, at: Date.now() } satisfies Kept<T>).catch(() => undefined)
}

export async function allKept<T>(prefix: string): Promise<{ key: string; kept: Kept<T> }[]> {
  return transaction(['docs'], 'readonly', async (tx) => {
    const store = tx.objectStore('docs')
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
    const [keys, values] = [await ask(store.getAllKeys(range)), (await ask(store.getAll(range))) as Kept<T>[]]
    return keys.map((key, i) => ({ key: String(key), kept: values[i]! }))
  }).catch(() => [])
}

/** Forgets what is not listed. */
export async function prune(prefix: string, keys: string[]): Promise<void> {
  const wanted = new Set(keys)
  await transaction(['docs'], 'readwrite', async (tx) => {
    const store = tx.objectStore('docs')
    for (const key of await ask(store.getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`)))) if (!wanted.has(String(key))) await ask(store.delete(key))
  }).catch(() => undefined)
}

export async function clearDocs(): Promise<void> {
  await transaction(['docs'], 'readwrite', (tx) => ask(tx.objectStore('docs').clear()))
}

/** From the server and kept, else as it was kept; without either the server's problem is thrown. */
export async function fresh<T>(key: string, fetcher: () => Promise<T>): Promise<{ value: T; at: number; live: boolean }> {
  try {
    const value = await fetcher()
    reached(true)
    await keep(key, value)
    return { value, at: Date.now(), live: true }
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    reached(error.status !== 0)
    // What one may no longer read leaves the phone.
    if (error.status === 403 || error.status === 404) await remove('docs', key).catch(() => undefined)
    const old = error.status === 0 || error.status === 401 || error.status >= 500 ? await kept<T>(key) : null
    if (!old) throw error
    return { ...old, live: false }
  }
}
