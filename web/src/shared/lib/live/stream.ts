// Keeps an event stream open: reads it, reconnects with growing pauses after a loss, and says how it stands. A stream
// that is silent for longer than its keep-alive counts as lost.
import { openEvents } from '@/shared/api/client'
import { ApiProblem } from '@/shared/api/problem'
import { backOff, EventReader, type ServerEvent } from './sse'

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'offline'
export interface StreamHooks {
  event: (event: ServerEvent) => void
  state: (state: Connection) => void
  /** Refused for good: there is no use in trying again. */
  refused: (problem: ApiProblem) => void
}

/** The server says something at least every 15 seconds. */
const SILENCE = 40_000
/** After so many failures in a row the state is called offline, though tries go on. */
const OFFLINE_AFTER = 3

export function keepStream(path: string, hooks: StreamHooks): () => void {
  let stopped = false
  let failures = 0
  let lastId: string | null = null
  let abort = new AbortController()
  let timer = 0
  let wake: (() => void) | null = null

  /** Reads until the end; whether the server ended it in good order after it had spoken. */
  async function read(): Promise<boolean> {
    abort = new AbortController()
    let heard = false
    const watch = (): void => {
      window.clearTimeout(timer)
      timer = window.setTimeout(() => abort.abort(), SILENCE)
    }
    watch()
    const body = await openEvents(path, lastId, abort.signal)
    const reader = body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader()
    const events = new EventReader()
    hooks.state('live')
    for (;;) {
      const { done, value } = await reader.read()
      if (done || stopped) return heard
      watch()
      for (const event of events.feed(value)) {
        failures = 0
        heard = true
        lastId = event.id ?? lastId
        hooks.event(event)
      }
    }
  }
  async function run(): Promise<void> {
    hooks.state('connecting')
    while (!stopped) {
      let ended = false
      try {
        ended = await read()
      } catch (error) {
        if (error instanceof ApiProblem && [401, 403, 404].includes(error.status)) {
          hooks.state('offline')
          hooks.refused(error)
          return
        }
        if (!(error instanceof ApiProblem) && !(error instanceof DOMException) && !(error instanceof TypeError)) throw error
      }
      if (stopped) return
      window.clearTimeout(timer)
      failures += 1
      // A stream lasts a while and is then asked for anew: nobody needs to hear of that.
      if (!ended) hooks.state(failures > OFFLINE_AFTER || !navigator.onLine ? 'offline' : 'reconnecting')
      await new Promise<void>((done) => {
        wake = done
        timer = window.setTimeout(done, backOff(failures - 1, Math.random()))
      })
    }
  }
  /** Back on the network or in front again: no need to wait out the pause. */
  const hurry = (): void => {
    if (document.visibilityState === 'visible' && navigator.onLine) wake?.()
  }
  /** An open stream does not notice by itself that the network is gone. */
  const cut = (): void => abort.abort()
  window.addEventListener('offline', cut)
  window.addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)
  void run()
  return () => {
    stopped = true
    abort.abort()
    window.clearTimeout(timer)
    wake?.()
    window.removeEventListener('offline', cut)
    window.removeEventListener('online', hurry)
    document.removeEventListener('visibilitychange', hurry)
  }
}
