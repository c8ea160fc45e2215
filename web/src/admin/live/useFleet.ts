// The vehicles as they move: snapshot first, then events; a reset, a reconnection or an event about something unknown
// reads the snapshot again. The fleet itself is not reactive (thousands of rows a second): `tick` tells that it changed.
import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { get } from '@/shared/api/client'
import type { LiveVehicles, Positions, WarningNews } from '@/shared/api/live'
import { ApiProblem } from '@/shared/api/problem'
import { emptyFleet, mergePositions, mergeSnapshot, type Fleet } from '@/shared/lib/live/fleet'
import type { ServerEvent } from '@/shared/lib/live/sse'
import { keepStream, type Connection } from '@/shared/lib/live/stream'

export interface LiveFleet {
  fleet: () => Fleet
  tick: Ref<number>
  /** Time of the data, as the server says. */
  at: Ref<string>
  connection: Ref<Connection>
  loading: Ref<boolean>
  problem: ShallowRef<ApiProblem | null>
  reload: () => Promise<void>
}
export interface FleetHooks {
  /** All vehicles may be others than before. */
  all?: (fleet: Fleet) => void
  moved?: (fleet: Fleet, changed: string[]) => void
  warning?: (news: WarningNews) => void
}

/** A snapshot is read again at most so often, however many events ask for it. */
const AGAIN = 5000

export function useFleet(hooks: FleetHooks = {}): LiveFleet {
  let fleet = emptyFleet()
  let waiting: Positions[] | null = []
  let timer = 0
  let gone = false
  let readAt = 0
  const tick = ref(0)
  const at = ref('')
  const connection = ref<Connection>('connecting')
  const loading = ref(true)
  const problem = shallowRef<ApiProblem | null>(null)

  function shown(): void {
    at.value = fleet.at
    tick.value += 1
  }
  async function reload(): Promise<void> {
    window.clearTimeout(timer)
    timer = 0
    readAt = Date.now()
    // What comes while the snapshot is on its way is applied after it.
    waiting ??= []
    try {
      const body = await get<LiveVehicles>('/live/vehicles')
      if (gone) return
      fleet = mergeSnapshot(fleet, body)
      const held = waiting ?? []
      waiting = null
      for (const one of held) mergePositions(fleet, one)
      problem.value = null
      hooks.all?.(fleet)
      shown()
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      waiting = null
      // With vehicles on the map a failed refresh is no reason to take them away.
      if (fleet.vehicles.size === 0) problem.value = error
    } finally {
      loading.value = false
    }
  }
  function again(): void {
    if (timer === 0) timer = window.setTimeout(() => void reload(), Math.max(0, AGAIN - (Date.now() - readAt)))
  }
  function positions(body: Positions): void {
    if (waiting) {
      waiting.push(body)
      return
    }
    const merged = mergePositions(fleet, body)
    if (merged.incomplete) again()
    if (merged.gone.length > 0) hooks.all?.(fleet)
    else if (merged.changed.length > 0) hooks.moved?.(fleet, merged.changed)
    shown()
  }
  let greeted = false
  function take(event: ServerEvent): void {
    if (event.event === 'hello') {
      if (greeted) void reload()
      greeted = true
    } else if (event.event === 'reset') void reload()
    else if (event.event === 'positions') positions(JSON.parse(event.data) as Positions)
    else if (event.event === 'warning') hooks.warning?.(JSON.parse(event.data) as WarningNews)
  }
  const stop = keepStream('/live/events', {
    event: take,
    state: (state) => {
      connection.value = state
    },
    refused: (found) => {
      if (found.status !== 401) problem.value ??= fleet.vehicles.size === 0 ? found : null
    },
  })
  void reload()
  onBeforeUnmount(() => {
    gone = true
    window.clearTimeout(timer)
    stop()
  })
  return { fleet: () => fleet, tick, at, connection, loading, problem, reload }
}
