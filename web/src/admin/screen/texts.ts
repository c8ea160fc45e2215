// The texts of the one screen, loaded with it.
import type { Loaders } from '@/shared/i18n'
export const screenTexts: Loaders = { 'zh-CN': () => import('@/shared/i18n/zh-CN/screen'), en: () => import('@/shared/i18n/en/screen') }
