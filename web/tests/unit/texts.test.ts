import { describe, expect, it, vi } from 'vitest'
import { addTexts, has, setLang, t, type Loaders } from '@/shared/i18n'
import { liveTexts } from '@/admin/live/texts'

vi.stubGlobal('document', { documentElement: {} })

describe('texts that come with their pages', () => {
  it('are not in the first load, come when asked for, and follow the language', async () => {
    await setLang('zh-CN', false)
    expect(has('map.schematic')).toBe(false)
    await Promise.all([addTexts(liveTexts), addTexts(liveTexts)])
    expect(t('map.schematic')).toMatch(/非法定界线/)
    expect(t('nav.map')).toBe('城市地图')
    await setLang('en', false)
    expect(t('map.schematic')).toMatch(/not legal boundaries/)
    expect(t('nav.map')).toBe('City map')
  })
  it('are asked for again after a failure', async () => {
    let tries = 0
    const part: Loaders = { 'zh-CN': () => Promise.resolve({ default: {} }), en: () => ((tries += 1) === 1 ? Promise.reject(new Error('no network')) : Promise.resolve({ default: { 'live.view': 'V' } })) }
    await expect(addTexts(part)).rejects.toThrow()
    await addTexts(part)
    expect([tries, t('live.view')]).toEqual([2, 'V'])
  })
})
