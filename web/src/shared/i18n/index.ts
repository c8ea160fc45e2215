// Texts for people by id, in zh-CN and English. A language is one lazily loaded chunk. Keys are typed
// after the Chinese catalogue; nothing else in the front end may hold a sentence.
import { ref, shallowRef } from 'vue'
import type { Messages } from './zh-CN'

export type Lang = 'zh-CN' | 'en'
export type Key = keyof Messages
export type Params = Record<string, string | number>

const STORE = 'wufei.lang'
const loaders: Record<Lang, () => Promise<{ default: Messages }>> = {
  'zh-CN': () => import('./zh-CN'),
  en: () => import('./en'),
}

export const lang = ref<Lang>('zh-CN')
const messages = shallowRef<Partial<Messages>>({})

/** The language chosen before, else the browser's, else Chinese. */
export function preferredLang(): Lang {
  const stored = readStored()
  if (stored === 'zh-CN' || stored === 'en') return stored
  const browser = typeof navigator === 'undefined' ? '' : navigator.language
  return browser === '' || browser.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

function readStored(): string | null {
  try {
    return localStorage.getItem(STORE)
  } catch {
    return null
  }
}

export async function setLang(next: Lang, persist = true): Promise<void> {
  messages.value = (await loaders[next]()).default
  lang.value = next
  document.documentElement.lang = next
  if (!persist) return
  try {
    localStorage.setItem(STORE, next)
  } catch {
    // Without storage the choice lasts for this visit.
  }
}

export function fill(text: string, params?: Params): string {
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole)) : text
}

/** Text of a key in the current language. */
export function t(key: Key, params?: Params): string {
  return fill(messages.value[key] ?? key, params)
}

/** Whether the catalogue has this key. */
export function has(key: string): key is Key {
  return key in messages.value
}

/** Label of an enum value: key `e.GROUP.value`; an unknown value is shown as it is. */
export function tEnum(group: string, value: string | null | undefined): string {
  if (value === null || value === undefined || value === '') return t('common.none')
  const key = `e.${group}.${value}`
  return has(key) ? t(key) : value
}

/** A data row's name in the current language. */
export function pick(name: { zh: string; en: string } | null | undefined): string {
  if (!name) return ''
  return lang.value === 'en' ? name.en || name.zh : name.zh || name.en
}

/** A list of words joined as the language joins them. */
export function joinWords(words: string[]): string {
  return words.join(lang.value === 'en' ? ', ' : '、')
}
