// The answer that just came, so that its page need not ask for it again.
import { shallowRef } from 'vue'
import type { CheckView } from '@/shared/api/live'
export const lastCheck = shallowRef<CheckView | null>(null)
