// The service worker of the phone page: it is registered, and a newer one waits until the person says "reload" —
// never while a form is open. It must never reload by itself in the middle of something.
import { ref } from 'vue'

/** A newer version is installed and waits. */
export const updateReady = ref(false)
let registration: ServiceWorkerRegistration | null = null
let asked = false
/** Another tab took the new version: this one follows when no form is open. */
export const reloadDue = ref(false)

export async function registerWorker(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  const controlled = navigator.serviceWorker.controller !== null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first worker of this page changes nothing that is shown.
    if (!controlled && !asked) return
    if (asked) location.reload()
    else reloadDue.value = true
  })
  try {
    registration = await navigator.serviceWorker.register('/m/sw.js', { scope: '/m/', updateViaCache: 'none' })
  } catch {
    // Without a worker the page works as long as there is a network.
    return
  }
  const look = (): void => {
    if (registration?.waiting && navigator.serviceWorker.controller) updateReady.value = true
  }
  look()
  registration.addEventListener('updatefound', () => {
    registration?.installing?.addEventListener('statechange', look)
  })
  setInterval(() => void registration?.update().catch(() => undefined), 30 * 60_000)
}

/** The person agreed: the waiting version takes over and the page loads again. */
export function applyUpdate(): void {
  asked = true
  updateReady.value = false
  if (registration?.waiting) registration.waiting.postMessage('wufei-take-over')
  else location.reload()
}
