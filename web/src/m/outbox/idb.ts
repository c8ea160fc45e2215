// The outbox in IndexedDB.
import { ask, transaction } from '../store/db'
import type { Item, OutboxStore } from './types'

const byId = async (tx: IDBTransaction, id: string): Promise<Item | undefined> => ask(tx.objectStore('outbox').index('id').get(id)) as Promise<Item | undefined>

export const idbStore: OutboxStore = {
  all: () => transaction(['outbox'], 'readonly', (tx) => ask(tx.objectStore('outbox').getAll()) as Promise<Item[]>),
  append: (items, bytes) => transaction(['outbox', 'bytes'], 'readwrite', async (tx) => {
    for (const item of items) await ask(tx.objectStore('outbox').add(item))
    for (const [id, value] of bytes) await ask(tx.objectStore('bytes').put(value, id))
  }),
  update: (id, change) => transaction(['outbox'], 'readwrite', async (tx) => {
    const found = await byId(tx, id)
    if (!found) return false
    await ask(tx.objectStore('outbox').put({ ...found, ...change, seq: found.seq, id }))
    return true
  }),
  bytes: (id) => transaction(['bytes'], 'readonly', async (tx) => ((await ask(tx.objectStore('bytes').get(id))) as ArrayBuffer | undefined) ?? null),
  remove: (ids) => transaction(['outbox', 'bytes'], 'readwrite', async (tx) => {
    for (const id of ids) {
      const found = await byId(tx, id)
      if (found) await ask(tx.objectStore('outbox').delete(found.seq))
      await ask(tx.objectStore('bytes').delete(id))
    }
  }),
  dropBytes: (id) => transaction(['bytes'], 'readwrite', async (tx) => {
    await ask(tx.objectStore('bytes').delete(id))
  }),
}
