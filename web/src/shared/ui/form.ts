// What ties fields to the problem that the server answered: a form provides its problem, fields look up
// their own path in it, and the error summary links to them.
import { computed, inject, nextTick, provide, ref, shallowRef, toValue, type ComputedRef, type InjectionKey, type MaybeRefOrGetter, type Ref } from 'vue'
import { lang } from '@/shared/i18n'
import { IdempotencyKeys, outcomeUnknown } from '@/shared/api/idempotency'
import { ApiProblem, fieldId } from '@/shared/api/problem'
import type { ProblemItem } from '@/shared/api/types'

interface FormContext { errorsAt: (path: string) => ProblemItem[] }
const FORM: InjectionKey<FormContext> = Symbol('form')

/** Message of an item in the current language. */
export function itemMessage(item: ProblemItem): string {
  return item.messages?.[lang.value] ?? item.message
}

/** Gives the fields below this component their errors. */
export function provideProblem(problem: Ref<ApiProblem | null>): void {
  provide(FORM, {
    errorsAt: (path) => problem.value?.errors.filter((item) => item.path === path) ?? [],
  })
}

export interface FieldBinding {
  id: ComputedRef<string>
  errors: ComputedRef<ProblemItem[]>
  describedBy: (hint: boolean) => string | undefined
}

let serial = 0
export function useField(path: MaybeRefOrGetter<string | undefined>): FieldBinding {
  const form = inject(FORM, null)
  const own = `w${(serial += 1)}`
  const id = computed(() => {
    const pointer = toValue(path)
    return pointer ? fieldId(pointer) : own
  })
  const errors = computed(() => {
    const pointer = toValue(path)
    return pointer && form ? form.errorsAt(pointer) : []
  })
  const describedBy = (hint: boolean): string | undefined => {
    const ids = [hint ? `${id.value}-hint` : '', errors.value.length > 0 ? `${id.value}-err` : ''].filter(Boolean)
    return ids.length > 0 ? ids.join(' ') : undefined
  }
  return { id, errors, describedBy }
}

export interface Action<P, R> {
  busy: Ref<boolean>
  problem: Ref<ApiProblem | null>
  /** Runs once at a time; null when it failed (the problem is then set). */
  run: (payload: P) => Promise<R | null>
}

const keys = new IdempotencyKeys()
let actions = 0

/**
 * One thing a person does, with its idempotency key: pressing again after a lost answer repeats the
 * same key. Failures become the form's problem and the error summary gets the focus.
 */
export function useAction<P, R>(perform: (payload: P, key: string) => Promise<R>, shared?: Ref<ApiProblem | null>): Action<P, R> {
  const name = `a${(actions += 1)}`
  const busy = ref(false)
  const problem = shared ?? shallowRef<ApiProblem | null>(null)
  async function run(payload: P): Promise<R | null> {
    if (busy.value) return null
    busy.value = true
    problem.value = null
    try {
      const result = await perform(payload, keys.keyFor(name, payload))
      keys.settle(name)
      return result
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      if (!outcomeUnknown(error.status)) keys.settle(name)
      problem.value = error
      void nextTick(() => document.querySelector<HTMLElement>('[data-summary]')?.focus())
      return null
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, run }
}
