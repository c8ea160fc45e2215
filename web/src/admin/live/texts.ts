// The texts of the live part, loaded with its pages.
import { defineAsyncComponent, type Component } from 'vue'
import { addTexts, type Loaders } from '@/shared/i18n'
export const liveTexts: Loaders = { 'zh-CN': () => import('@/shared/i18n/zh-CN/live'), en: () => import('@/shared/i18n/en/live') }

/** A component of the live part inside another page: it comes with its texts. */
export function withLiveTexts<T extends Component>(load: () => Promise<{ default: T }>): T {
  return defineAsyncComponent<T>(() => Promise.all([load(), addTexts(liveTexts)]).then(([found]) => found.default))
}
