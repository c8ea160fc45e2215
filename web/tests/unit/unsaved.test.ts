import { describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { askToLeave, guardForm, leaving } from '@/shared/ui/unsaved'

async function house(): Promise<Router> {
  const component = { render: () => null }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/form', component }, { path: '/other', component }, { path: '/third', component }] })
  await router.push('/form')
  return router
}
const sources = (): { inputs: EventTarget; window: EventTarget; inForm: (event: Event) => boolean } => ({ inputs: new EventTarget(), window: new EventTarget(), inForm: (event) => event.type !== 'click' })
const closes = (window: EventTarget): boolean => window.dispatchEvent(new Event('beforeunload', { cancelable: true }))

describe('unsaved input', () => {
  it('asks before another page, keeps the page on no and goes on yes', async () => {
    const router = await house()
    const from = sources()
    const form = { name: '' }
    const answers = [false, true]
    let asked = 0
    const guard = guardForm(router, () => form, from, async () => answers[asked++]!)
    from.inputs.dispatchEvent(new Event('input'))
    form.name = 'typed'
    await router.push('/other')
    expect([router.currentRoute.value.path, asked]).toEqual(['/form', 1])
    expect(closes(from.window)).toBe(false)
    await router.push({ path: '/form', query: { step: 'check' } })
    expect([router.currentRoute.value.query['step'], asked]).toEqual(['check', 1])
    await router.push('/other')
    expect([router.currentRoute.value.path, asked]).toEqual(['/other', 2])
    guard.stop()
  })
  it('does not ask for what the page filled in, for what was taken back, after saving or once it is gone', async () => {
    const router = await house()
    const from = sources()
    const form = { name: '', site: '' }
    const guard = guardForm(router, () => form, from, () => Promise.reject(new Error('asked')))
    form.site = 'loaded'
    from.inputs.dispatchEvent(new Event('click'))
    form.name = 'loaded, too'
    await router.push('/other')
    expect(router.currentRoute.value.path).toBe('/other')
    from.inputs.dispatchEvent(new Event('keydown'))
    form.name = 'typed'
    expect([guard.dirty(), closes(from.window)]).toEqual([true, false])
    form.name = 'loaded, too'
    expect([guard.dirty(), closes(from.window)]).toEqual([false, true])
    form.name = 'typed again'
    guard.release()
    await router.push('/third')
    expect(router.currentRoute.value.path).toBe('/third')
    from.inputs.dispatchEvent(new Event('input'))
    form.name = 'left behind'
    guard.stop()
    await router.push('/form')
    expect([router.currentRoute.value.path, closes(from.window)]).toEqual(['/form', true])
  })
  it('lets a dialog go that was closed', async () => {
    const router = await house()
    const from = sources()
    let open: string | null = null
    const guard = guardForm(router, () => open, from, () => Promise.reject(new Error('asked')))
    open = ''
    from.inputs.dispatchEvent(new Event('input'))
    open = 'why'
    expect(guard.dirty()).toBe(true)
    open = null
    expect(guard.dirty()).toBe(false)
    from.inputs.dispatchEvent(new Event('click'))
    open = 'as it was'
    expect(guard.dirty()).toBe(false)
    guard.stop()
  })
  it('puts one question at a time', async () => {
    const first = askToLeave()
    const second = askToLeave()
    expect(await first).toBe(false)
    leaving.value?.answer(true)
    expect([await second, leaving.value]).toEqual([true, null])
  })
})
