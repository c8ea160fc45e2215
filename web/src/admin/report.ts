// The texts of reports, loaded with their pages.
import type { Loaders } from '@/shared/i18n'
export const reportTexts: Loaders = { 'zh-CN': () => import('@/shared/i18n/zh-CN/report'), en: () => import('@/shared/i18n/en/report') }
