import { describe, expect, it } from 'vitest'
import { formatMass, massForInput, naturalUnit, parseMass, sumGrams } from '@/shared/lib/mass'

describe('parseMass', () => {
  it('reads kilograms and tonnes as exact grams', () => {
    expect(parseMass('182', 'kg')).toEqual({ ok: true, grams: 182_000 })
    expect(parseMass('0.001', 'kg')).toEqual({ ok: true, grams: 1 })
    expect(parseMass('1.234567', 't')).toEqual({ ok: true, grams: 1_234_567 })
    expect(parseMass('.5', 't')).toEqual({ ok: true, grams: 500_000 })
    expect(parseMass('1,234.5', 'kg')).toEqual({ ok: true, grams: 1_234_500 })
  })
  it('is exact where floats are not', () => {
    expect(parseMass('0.1', 'kg')).toEqual({ ok: true, grams: 100 })
    expect(parseMass('1.005', 'kg')).toEqual({ ok: true, grams: 1005 })
    expect(parseMass('9999999.999999', 't')).toEqual({ ok: true, grams: 9_999_999_999_999 })
    for (let grams = 0; grams < 5000; grams += 7) {
      expect(parseMass(massForInput(grams, 'kg'), 'kg')).toEqual({ ok: true, grams })
      expect(parseMass(massForInput(grams, 't'), 't')).toEqual({ ok: true, grams })
    }
  })
  it('understands full-width digits', () => {
    expect(parseMass('12.5', 'kg')).toEqual({ ok: true, grams: 12_500 })
  })
  it('refuses what is no mass and says why', () => {
    const why = (text: string, unit: 'kg' | 't') => {
      const result = parseMass(text, unit)
      return result.ok ? null : result.error
    }
    expect(why('', 'kg')).toBe('empty')
    expect(why('-1', 'kg')).toBe('negative')
    expect(why('abc', 'kg')).toBe('not_a_number')
    expect(why('1e3', 'kg')).toBe('not_a_number')
    expect(why('.', 'kg')).toBe('not_a_number')
    expect(why('1.2345', 'kg')).toBe('too_precise')
    expect(why('1.2345678', 't')).toBe('too_precise')
    expect(why('1.2300', 'kg')).toBeNull()
    expect(why('99999999999', 't')).toBe('too_large')
  })
})

describe('formatMass', () => {
  it('moves the point and groups', () => {
    expect(formatMass(1_234_567_890, 't')).toBe('1,234.56789')
    expect(formatMass(2_000_000, 't')).toBe('2.000')
    expect(formatMass(182_000, 'kg')).toBe('182')
    expect(formatMass(182_005, 'kg', 3)).toBe('182.005')
    expect(formatMass(-320, 'kg')).toBe('−0.32')
    expect(formatMass(0, 'kg')).toBe('0')
    expect(formatMass(Number.NaN, 'kg')).toBe('—')
  })
  it('chooses the unit by size', () => {
    expect(naturalUnit(999_999)).toBe('kg')
    expect(naturalUnit(1_000_000)).toBe('t')
  })
})

describe('sumGrams', () => {
  it('adds exactly and refuses to leave exact integers', () => {
    expect(sumGrams([1, 2, 3])).toBe(6)
    expect(() => sumGrams([Number.MAX_SAFE_INTEGER, 1])).toThrow(RangeError)
  })
})
