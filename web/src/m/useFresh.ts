// Something of the server that may also come from the phone's storage: first what is kept, then what is new.
import { onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { ApiProblem } from '@/shared/api/problem'
import { onBack } from './net'
import { kept } from './store/docs'
import type { Fresh } from './trips'

export interface Known<T> { data: ShallowRef<T | null>; at: Ref<number>; live: Ref<boolean>; loading: Ref<boolean>; problem: ShallowRef<ApiProblem | null>; reload: () => Promise<void> }

export function useFresh<T>(key: () => string, load: () => Promise<Fresh<T>>): Known<T> {
  const data = shallowRef<T | null>(null)
  const at = ref(0)
  const live = ref(false)
  const loading = ref(true)
  const problem = shallowRef<ApiProblem | null>(null)
  let turn = 0
  let gone = false
  const show = (found: { value: T; at: number }, fresh: boolean): void => {
    data.value = found.value
    at.value = found.at
    live.value = fresh
  }
  async function reload(): Promise<void> {
    const mine = (turn += 1)
    const current = (): boolean => mine === turn && !gone
    loading.value = true
    problem.value = null
    const old = data.value === null ? await kept<T>(key()) : null
    if (old && current() && data.value === null) show(old, false)
    try {
      const found = await load()
      if (current()) show(found, found.live)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      if (!current()) return
      // What the reader may no longer see goes from the screen, too.
      if (error.status === 403 || error.status === 404) data.value = null
      live.value = false
      problem.value = error
    } finally {
      if (current()) loading.value = false
    }
  }
  watch(key, () => {
    data.value = null
    void reload()
  }, { immediate: true })
  const stop = onBack(() => void reload())
  onBeforeUnmount(() => {
    gone = true
    stop()
  })
  return { data, at, live, loading, problem, reload }
}
