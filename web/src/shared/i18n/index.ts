// Texts for people by id, in zh-CN and English. A language is one lazily loaded chunk. Keys are typed
// after the Chinese catalogue; nothing else in the front end may hold a sentence.
import { ref, shallowRef } from 'vue'
import type { Messages } from './zh-CN'

export type Lang = 'zh-CN' | 'en'
export type Key = keyof Messages
export type Params = Record<string, string | number>

const STORE = 'wufei.lang'
export type Loaders = Record<Lang, () => Promise<{ default: Partial<Messages> }>>
let loaders: Loaders = {
  'zh-CN': () => import('./zh-CN'),
  en: () => import('./en'),
}

/** Another entry brings the smaller set of texts that it uses. Before the first `setLang`. */
export function provideTexts(own: Loaders): void {
  loaders = own
}

/** Texts of a part whose pages come later than the first one. */
const parts = new Map<Loaders, Promise<void>>()

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
  const found = await Promise.all([loaders, ...parts.keys()].map((one) => one[next]()))
  messages.value = Object.assign({}, ...found.map((one) => one.default)) as Partial<Messages>
  lang.value = next
  document.documentElement.lang = next
  if (!persist) return
  try {
    localStorage.setItem(STORE, next)
  } catch {
    // Without storage the choice lasts for this visit.
  }
}

/** Adds the texts of a part, in the present language and in every later one. */
export function addTexts(own: Loaders): Promise<void> {
  const known = parts.get(own)
  if (known) return known
  const asked = own[lang.value]().then((found) => {
    messages.value = { ...messages.value, ...found.default }
  })
  parts.set(own, asked)
  // What failed to load is asked again by the next page.
  asked.catch(() => parts.delete(own))
  return asked
}

/** Puts values into a text: `{count}` is the value, `{count|container|containers}` the word that goes with it. */
export function fill(text: string, params?: Params): string {
  if (!params) return text
  return text
    .replace(/\{(\w+)\|([^|{}]*)\|([^|{}]*)\}/g, (whole, name: string, one: string, many: string) => (name in params ? (String(params[name]) === '1' ? one : many) : whole))
    .replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
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
