// Short confirmations, read out politely. For things that went well; failures are shown where they happened.
import { ref } from 'vue'
export const toast = ref<{ id: number; text: string } | null>(null)
let serial = 0
export function say(text: string): void {
  const id = (serial += 1)
  toast.value = { id, text }
  setTimeout(() => {
    if (toast.value?.id === id) toast.value = null
  }, 5000)
}
