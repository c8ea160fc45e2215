// The texts of the search, loaded when it is opened.
import type { Loaders } from '@/shared/i18n'
export const searchTexts: Loaders = { 'zh-CN': () => import('@/shared/i18n/zh-CN/search'), en: () => import('@/shared/i18n/en/search') }
