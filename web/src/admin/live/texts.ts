// The texts of the live part, loaded with its pages.
import type { Loaders } from '@/shared/i18n'
export const liveTexts: Loaders = { 'zh-CN': () => import('@/shared/i18n/zh-CN/live'), en: () => import('@/shared/i18n/en/live') }
