// Signing in, the same for both entries: the fields, the code that may be asked for, the words for what went wrong and
// the accounts of a demonstration. Each entry says how its session begins and where it goes then.
import { computed, onMounted, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useRoute } from 'vue-router'
import { get } from '@/shared/api/client'
import { ApiProblem } from '@/shared/api/problem'
import type { DemoAccounts, Me } from '@/shared/api/types'
import { has, t } from '@/shared/i18n'

export interface SignInOptions {
  /** Begins the session of the entry. */
  begin: (login: string, password: string, totp?: string) => Promise<Me>
  /** Goes on: `next` is the address that was asked for, else the first page. */
  go: (me: Me, next: string) => unknown
}

export interface SignIn {
  login: Ref<string>
  password: Ref<string>
  totp: Ref<string>
  /** The server asked for a one-time code. */
  needTotp: Ref<boolean>
  busy: Ref<boolean>
  problem: ShallowRef<ApiProblem | null>
  /** What went wrong, in words; empty when nothing did. */
  message: ComputedRef<string>
  /** Null where nothing is demonstrated. */
  demo: ShallowRef<DemoAccounts | null>
  enter: (name: string, secret: string) => Promise<void>
}

export function useSignIn(options: SignInOptions): SignIn {
  const route = useRoute()
  const login = ref('')
  const password = ref('')
  const totp = ref('')
  const needTotp = ref(false)
  const busy = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)
  const demo = shallowRef<DemoAccounts | null>(null)
  onMounted(async () => {
    demo.value = await get<DemoAccounts>('/demo/accounts').catch(() => null)
  })
  const message = computed(() => {
    const found = problem.value
    if (!found) return ''
    if (found.errors[0]) return [found.errors[0].message, found.errors[0].remedy].filter(Boolean).join(' ')
    if (found.code === 'unauthenticated') return t('signin.bad')
    const key = `problem.${found.code}`
    return found.detail || (has(key) ? t(key) : found.message)
  })
  async function enter(name: string, secret: string): Promise<void> {
    if (busy.value) return
    busy.value = true
    problem.value = null
    try {
      const value = await options.begin(name, secret, totp.value.trim() || undefined)
      const next = route.query['next']
      // Only an address of this page: two slashes would lead to another server.
      await options.go(value, typeof next === 'string' && next.startsWith('/') && !next.startsWith('//') ? next : '/')
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      problem.value = error
      if (error.code === 'second_factor_required') needTotp.value = true
    } finally {
      busy.value = false
    }
  }
  return { login, password, totp, needTotp, busy, problem, message, demo, enter }
}
