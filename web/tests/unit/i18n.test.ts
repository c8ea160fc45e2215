import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { baseParse, NodeTypes } from '@vue/compiler-dom'
import { parse } from '@vue/compiler-sfc'
import { describe, expect, it } from 'vitest'
import { fill } from '@/shared/i18n'
import enFirst from '@/shared/i18n/en'
import enLive from '@/shared/i18n/en/live'
import enIndicators from '@/shared/i18n/en/indicators'
import enProgramme from '@/shared/i18n/en/programme'
import enReport from '@/shared/i18n/en/report'
import enScreen from '@/shared/i18n/en/screen'
import enSearch from '@/shared/i18n/en/search'
import zhFirst from '@/shared/i18n/zh-CN'
import zhLive from '@/shared/i18n/zh-CN/live'
import zhIndicators from '@/shared/i18n/zh-CN/indicators'
import zhProgramme from '@/shared/i18n/zh-CN/programme'
import zhReport from '@/shared/i18n/zh-CN/report'
import zhScreen from '@/shared/i18n/zh-CN/screen'
import zhSearch from '@/shared/i18n/zh-CN/search'

// The texts of parts come with their pages, and are texts like all others.
const zh = { ...zhFirst, ...zhLive, ...zhIndicators, ...zhProgramme, ...zhReport, ...zhScreen, ...zhSearch }
const en = { ...enFirst, ...enLive, ...enIndicators, ...enProgramme, ...enReport, ...enScreen, ...enSearch }
// A language is named in itself.
const NAMES_OF_LANGUAGES = ['shell.other_language', 'rep.lang_zh']
const SRC = join(import.meta.dirname, '../../src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).map((file) => join(SRC, file))
const vues = files.filter((file) => file.endsWith('.vue'))
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort()

describe('a text', () => {
  it('takes the word that goes with the number', () => {
    const text = '{count} {count|container|containers} of {count}'
    expect([0, 1, 2, '1,000+'].map((count) => fill(text, { count }))).toEqual(['0 containers of 0', '1 container of 1', '2 containers of 2', '1,000+ containers of 1,000+'])
    expect(fill(text)).toBe(text)
  })
})

describe('catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
  })
  it('have the same placeholders and no empty text', () => {
    for (const [key, text] of Object.entries(zh)) {
      const other = (en as Record<string, string>)[key]!
      expect(text.trim(), key).not.toBe('')
      expect(other.trim(), key).not.toBe('')
      expect(placeholders(other), key).toEqual(placeholders(text))
    }
  })
  it('are in their own language', () => {
    for (const [key, text] of Object.entries(en)) if (!NAMES_OF_LANGUAGES.includes(key)) expect(/[\u4e00-\u9fff]/.test(text), `${key}: ${text}`).toBe(false)
  })
  it('give every literal key that the code uses', () => {
    const missing: string[] = []
    for (const file of files.filter((one) => /\.(vue|ts)$/.test(one) && !one.includes('/i18n/'))) {
      for (const match of readFileSync(file, 'utf8').matchAll(/\bt\(\s*'([^']+)'/g)) if (!(match[1]! in zh)) missing.push(`${file}: ${match[1]}`)
    }
    expect(missing).toEqual([])
  })
})

interface AstNode { type: number; content?: unknown; children?: AstNode[]; props?: { type: number; name: string; value?: { content: string } | undefined }[]; branches?: AstNode[] }

describe('templates', () => {
  it('hold no text of their own', () => {
    const found: string[] = []
    const WORDS = /[\u4e00-\u9fff]|[A-Za-z]{2,}/
    const walk = (file: string, node: AstNode): void => {
      if (node.type === NodeTypes.TEXT && typeof node.content === 'string' && WORDS.test(node.content)) found.push(`${file}: ${node.content.trim()}`)
      for (const prop of node.props ?? []) {
        if (prop.type === NodeTypes.ATTRIBUTE && ['title', 'aria-label', 'placeholder', 'alt', 'label', 'hint', 'lead'].includes(prop.name) && prop.value && WORDS.test(prop.value.content)) found.push(`${file}: ${prop.name}=${prop.value.content}`)
      }
      node.children?.forEach((child) => walk(file, child))
    }
    for (const file of vues) {
      const template = parse(readFileSync(file, 'utf8')).descriptor.template
      if (template) walk(file.slice(SRC.length), baseParse(template.content) as unknown as AstNode)
    }
    expect(found).toEqual([])
  })
  it('and scripts hold no Chinese text', () => {
    const found = files
      .filter((file) => /\.(vue|ts)$/.test(file) && !file.includes('/i18n/'))
      .flatMap((file) => readFileSync(file, 'utf8').split('\n').map((line, i) => ({ at: `${file.slice(SRC.length)}:${i + 1}`, line })))
      .filter(({ line }) => /['"`][^'"`]*[\u4e00-\u9fff]/.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line))
      .map(({ at, line }) => `${at} ${line.trim()}`)
    expect(found).toEqual([])
  })
})
