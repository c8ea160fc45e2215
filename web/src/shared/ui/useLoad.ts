// Fetching with its states. `useLoad` for one thing, `useList` for a page of a list whose filters,
// order and place live in the address, so that back, reload and sharing all work.
import { computed, onBeforeUnmount, reactive, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { get } from '@/shared/api/client'
import { ApiProblem } from '@/shared/api/problem'
import type { Page } from '@/shared/api/types'
import { lang } from '@/shared/i18n'

export interface Load<T> { data: ShallowRef<T | null>; loading: Ref<boolean>; problem: ShallowRef<ApiProblem | null>; reload: () => Promise<void> }

export function useLoad<T>(fetcher: () => Promise<T>, deps: () => unknown = () => null): Load<T> {
  const data = shallowRef<T | null>(null)
  const loading = ref(true)
  const problem = shallowRef<ApiProblem | null>(null)
  let turn = 0
  let gone = false
  async function reload(): Promise<void> {
    const mine = (turn += 1)
    loading.value = true
    problem.value = null
    try {
      const value = await fetcher()
      if (mine === turn && !gone) data.value = value
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      if (mine === turn && !gone) problem.value = error
    } finally {
      if (mine === turn) loading.value = false
    }
  }
  watch([deps, lang], () => void reload(), { immediate: true, deep: true })
  onBeforeUnmount(() => {
    gone = true
  })
  return { data, loading, problem, reload }
}

export interface List<T> {
  items: ComputedRef<T[]>
  /** All rows that match; a text such as “1,000+” where counting ended early. */
  total: ComputedRef<number | string | null>
  loading: Ref<boolean>
  problem: ShallowRef<ApiProblem | null>
  filters: Record<string, string>
  sort: ComputedRef<string>
  limit: ComputedRef<number>
  page: ComputedRef<number>
  hasNext: ComputedRef<boolean>
  filtered: ComputedRef<boolean>
  /** Query for an export of what is shown. */
  query: ComputedRef<Record<string, string>>
  setFilter: (name: string, value: string | null) => void
  clear: () => void
  setSort: (value: string) => void
  setLimit: (value: number) => void
  next: () => void
  previous: () => void
  reload: () => Promise<void>
}

/** How many rows match, as the pager shows it. */
export const shownTotal = (page: { total: number | null; total_capped?: boolean } | null | undefined): number | string | null =>
  page?.total_capped && page.total !== null ? `${page.total.toLocaleString('en')}+` : (page?.total ?? null)

const PLACE = ['cursor', 'page', 'limit', 'sort']

export interface ListOptions { filters: string[]; sort?: string; limit?: number; fixed?: () => Record<string, string> }

export function useList<T>(path: () => string, options: ListOptions): List<T> {
  const route = useRoute()
  const router = useRouter()
  const own = route.name
  const text = (name: string): string => {
    const value = route.query[name]
    return typeof value === 'string' ? value : ''
  }
  const filters = reactive<Record<string, string>>({})
  const sort = computed(() => text('sort') || options.sort || '')
  const limit = computed(() => Math.min(200, Math.max(1, Number(text('limit')) || options.limit || 50)))
  const page = computed(() => Math.max(1, Number(text('page')) || 1))
  const query = computed(() => {
    const out: Record<string, string> = { ...(options.fixed?.() ?? {}) }
    for (const name of options.filters) if (text(name) !== '') out[name] = text(name)
    if (sort.value !== '') out['sort'] = sort.value
    return out
  })
  const load = useLoad<Page<T> | T[]>(
    () => get<Page<T> | T[]>(path(), { ...query.value, limit: limit.value, cursor: text('cursor') }),
    () => (route.name === own ? [path(), query.value, limit.value, text('cursor')] : 'left'),
  )
  // The address is the only place where filters are kept; the fields mirror it.
  watch(() => route.query, () => {
    if (route.name !== own) return
    for (const name of options.filters) filters[name] = text(name)
  }, { immediate: true, deep: true })
  const items = computed<T[]>(() => (Array.isArray(load.data.value) ? load.data.value : (load.data.value?.items ?? [])))
  const nextCursor = computed(() => (Array.isArray(load.data.value) ? null : (load.data.value?.next_cursor ?? null)))
  const total = computed(() => (Array.isArray(load.data.value) ? load.data.value.length : shownTotal(load.data.value)))
  function go(changes: Record<string, string | null>, replace = false): void {
    const next: Record<string, string> = {}
    for (const [name, value] of Object.entries({ ...route.query, ...changes })) {
      if (typeof value === 'string' && value !== '') next[name] = value
    }
    void (replace ? router.replace({ query: next }) : router.push({ query: next }))
  }
  return {
    items, total, loading: load.loading, problem: load.problem, filters, sort, limit, page, query,
    hasNext: computed(() => nextCursor.value !== null),
    filtered: computed(() => options.filters.some((name) => text(name) !== '')),
    setFilter: (name, value) => go({ [name]: value, cursor: null, page: null }, true),
    clear: () => go(Object.fromEntries([...options.filters, ...PLACE].map((name) => [name, null]))),
    setSort: (value) => go({ sort: value, cursor: null, page: null }),
    setLimit: (value) => go({ limit: String(value), cursor: null, page: null }),
    next: () => go({ cursor: nextCursor.value, page: String(page.value + 1) }),
    previous: () => {
      // A cursor only leads forward; the page before is the one the browser came from.
      if (typeof window.history.state?.back === 'string' && window.history.state.back.startsWith(route.path)) router.back()
      else go({ cursor: null, page: null })
    },
    reload: load.reload,
  }
}
