// The phone's own storage (IndexedDB), one database: what waits to be sent, pictures, documents for reading without
// network, the wrapped signing key. Each call is one transaction.
const NAME = 'wufei-m'
const STORES = ['kv', 'docs', 'bytes', 'keys'] as const
export type StoreName = (typeof STORES)[number] | 'outbox'

let opened: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, fail) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => {
      const db = request.result
      for (const name of STORES) db.createObjectStore(name)
      db.createObjectStore('outbox', { keyPath: 'seq', autoIncrement: true }).createIndex('id', 'id', { unique: true })
    }
    request.onsuccess = () => {
      // A newer page wants to change the layout: this one lets go.
      request.result.onversionchange = () => {
        request.result.close()
        opened = null
      }
      done(request.result)
    }
    request.onerror = () => fail(request.error ?? new Error('IndexedDB'))
    request.onblocked = () => fail(new Error('IndexedDB is blocked'))
  }).catch((error: unknown) => {
    opened = null
    throw error
  })
  return opened
}

/** Awaits one request inside a transaction. */
export function ask<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result)
    request.onerror = () => fail(request.error ?? new Error('IndexedDB'))
  })
}

/** Runs `work` in one transaction; resolves once it is on the disk. Inside, await nothing but `ask`. */
export async function transaction<T>(stores: StoreName[], mode: IDBTransactionMode, work: (tx: IDBTransaction) => Promise<T>): Promise<T> {
  const db = await open()
  const tx = db.transaction(stores, mode, mode === 'readwrite' ? { durability: 'strict' } : {})
  const finished = new Promise<void>((done, fail) => {
    tx.oncomplete = () => done()
    tx.onabort = () => fail(tx.error ?? new Error('IndexedDB'))
    tx.onerror = () => fail(tx.error ?? new Error('IndexedDB'))
  })
  finished.catch(() => undefined)
  let result: T
  try {
    result = await work(tx)
  } catch (error) {
    try {
      tx.abort()
    } catch {
      // It ended by itself.
    }
    throw error
  }
  await finished
  return result
}

export async function read<T>(store: StoreName, key: string): Promise<T | null> {
  return transaction([store], 'readonly', async (tx) => ((await ask(tx.objectStore(store).get(key))) as T | undefined) ?? null)
}
export async function write(store: StoreName, key: string, value: unknown): Promise<void> {
  await transaction([store], 'readwrite', (tx) => ask(tx.objectStore(store).put(value, key)))
}
export async function remove(store: StoreName, key: string): Promise<void> {
  await transaction([store], 'readwrite', (tx) => ask(tx.objectStore(store).delete(key)))
}
