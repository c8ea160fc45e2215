// Input that is not saved yet is not lost without a word: leaving the page asks first, in our own dialog;
// closing the tab or reloading asks in the browser's, because nothing else is allowed there.
import { onScopeDispose, shallowRef } from 'vue'
import { useRouter, type Router } from 'vue-router'

/** The question that stands: App.vue shows it. */
export const leaving = shallowRef<{ answer: (leave: boolean) => void } | null>(null)

/** Asks whether the input may go; a second question answers the first with no. */
export function askToLeave(): Promise<boolean> {
  leaving.value?.answer(false)
  return new Promise((resolve) => {
    leaving.value = {
      answer: (leave) => {
        leaving.value = null
        resolve(leave)
      },
    }
  })
}

export interface Unsaved {
  /** Whether something was typed or chosen that is not saved. */
  dirty: () => boolean
  /** It is saved, or meant to go: nothing is asked until the next change. */
  release: () => void
  /** Ends the watch. */
  stop: () => void
}

/** Where the events of a form and of the window come from. */
export interface Sources { inputs: EventTarget; window: EventTarget; inForm: (event: Event) => boolean }

const TOUCHES = ['pointerdown', 'keydown', 'input', 'change', 'click']

/**
 * Compares what `state` answers with what it answered when a person first touched the form: what a page fills in
 * by itself while it loads is no input. A form that is closed (a dialog) answers null and holds nothing.
 */
export function guardForm(router: Router, state: () => unknown, sources: Sources, ask: () => Promise<boolean> = askToLeave): Unsaved {
  let before: string | null = null
  const shot = (): string => JSON.stringify(state()) ?? ''
  const dirty = (): boolean => before !== null && state() !== null && shot() !== before
  const release = (): void => {
    before = null
  }
  const touch = (event: Event): void => {
    if (state() === null) release()
    else if (before === null && sources.inForm(event)) before = shot()
  }
  const closing = (event: Event): void => {
    if (dirty()) event.preventDefault()
  }
  for (const name of TOUCHES) sources.inputs.addEventListener(name, touch, true)
  sources.window.addEventListener('beforeunload', closing)
  const unhook = router.beforeEach(async (to, from) => {
    // Steps of one form are other queries of the same address.
    if (to.path === from.path || !dirty()) return true
    if (!(await ask())) return false
    release()
    return true
  })
  const stop = (): void => {
    for (const name of TOUCHES) sources.inputs.removeEventListener(name, touch, true)
    sources.window.removeEventListener('beforeunload', closing)
    unhook()
  }
  return { dirty, release, stop }
}

/** For a form: `state` is all that a person types or chooses in it, null while it is closed. Call `release` once it is saved. */
export function useUnsaved(state: () => unknown): Unsaved {
  const inForm = (event: Event): boolean => event.target instanceof Element && event.target.closest('form') !== null
  const guard = guardForm(useRouter(), state, { inputs: document, window, inForm })
  onScopeDispose(guard.stop)
  return guard
}
