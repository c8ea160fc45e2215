// Whether the server can be reached, as far as the phone knows: what the browser says and how the last call went.
import { computed, ref } from 'vue'

const cable = ref(navigator.onLine)
const lastFailed = ref(false)
export const online = computed(() => cable.value && !lastFailed.value)
const listeners = new Set<() => void>()

/** Called when the network comes back; answers how to stop that. */
export function onBack(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
/** Told by whoever called the server. An answer after a failure is the network coming back, too. */
export function reached(ok: boolean): void {
  const back = ok && lastFailed.value
  lastFailed.value = !ok
  if (back) for (const listener of listeners) listener()
}
addEventListener('online', () => {
  cable.value = true
  lastFailed.value = false
  for (const listener of listeners) listener()
})
addEventListener('offline', () => {
  cable.value = false
})
