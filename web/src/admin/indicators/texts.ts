// The texts of the indicators, loaded with their pages; evidence and lights are worded as in the four lists.
import { addTexts, type Loaders } from '@/shared/i18n'
import { programmeTexts } from '../programme/texts'
const own: Loaders = { 'zh-CN': () => import('@/shared/i18n/zh-CN/indicators'), en: () => import('@/shared/i18n/en/indicators') }
export const addIndicatorTexts = (): Promise<unknown> => Promise.all([addTexts(own), addTexts(programmeTexts)])
