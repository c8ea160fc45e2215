// The texts of the four lists, loaded with their pages.
import type { Loaders } from '@/shared/i18n'
export const programmeTexts: Loaders = { 'zh-CN': () => import('@/shared/i18n/zh-CN/programme'), en: () => import('@/shared/i18n/en/programme') }
