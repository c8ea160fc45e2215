// What waits on the phone to be sent. Everything an item needs is in the item, so that it survives a reload;
// the bytes of a picture lie beside it. It must never hold a password or a PIN.
import type { ProblemItem } from '@/shared/api/types'

export type Kind = 'photo' | 'sign' | 'report' | 'verify'
export type State = 'queued' | 'parked' | 'done'

/** The server's words about an item that it did not take. */
export interface Refusal { status: number; code: string; title: string; detail: string; errors: ProblemItem[]; trace_id: string | null }

export interface Draft {
  /** Also the idempotency key: made once, when the person acts. */
  id: string
  kind: Kind
  path: string
  body?: unknown
  /** Expected version, sent as If-Match. */
  version?: number
  /** Content type of the bytes, for a picture. */
  type?: string
  /** Pictures whose digests go into `body.photos`. */
  photos?: string[]
  /** Items that the server must have taken before this one. */
  needs?: string[]
  /** Which step a signature signs, which kind a report has. */
  what?: string
}

export interface Item extends Draft {
  /** Order of queueing, given by the store. */
  seq: number
  /** Whose item it is: nobody else's session sends it. */
  account: string
  /** What it is about; items about one thing keep their order. */
  subject: string
  /** Number or title of the subject, for people. */
  label: string
  /** One act of a person: its pictures, signature and report. */
  group: string
  state: State
  at: string
  tries: number
  /** Not before, milliseconds. */
  next: number
  done_at?: string
  refusal?: Refusal
  /** Digest of a picture, as the server answered it. */
  sha256?: string
}

/** Where items are kept. Every method is one transaction. */
export interface OutboxStore {
  all: () => Promise<Item[]>
  /** Keeps all of them or none; gives them their order. */
  append: (items: Omit<Item, 'seq'>[], bytes: Map<string, ArrayBuffer>) => Promise<void>
  /** Changes an item that is still there; false when it is gone meanwhile. */
  update: (id: string, change: Partial<Item>) => Promise<boolean>
  bytes: (id: string) => Promise<ArrayBuffer | null>
  /** Forgets items with their bytes. */
  remove: (ids: string[]) => Promise<void>
  dropBytes: (id: string) => Promise<void>
}
