import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { reportDraft, signDraft, verifyDraft } from '@/m/acts'
import { base64, ITERATIONS, makeKey, pinFault, signedAt, signingText, signText, unwrap } from '@/m/keys/vault'
import type { Manifest } from '@/shared/api/types'

const PIN = '402917'
const QUICK = 1000

describe('the text that is signed', () => {
  it('is what the API defines, to the byte', () => {
    const text = signingText({ manifest: '0193a000-0000-7000-8000-000000000701', step: 'carrier', version: 4, contentHash: 'ab'.repeat(32), signedAt: '2026-11-24T02:00:00Z', key: '7f9c24e5-2f4b-4f1c-9d3e-0a1b2c3d4e5f' })
    expect(text).toBe(`wufei-sign-1\n0193a000-0000-7000-8000-000000000701\ncarrier\n4\n${'ab'.repeat(32)}\n2026-11-24T02:00:00Z\n7f9c24e5-2f4b-4f1c-9d3e-0a1b2c3d4e5f`)
  })
  it('has a time in whole seconds of UTC', () => {
    expect(signedAt(Date.UTC(2026, 10, 24, 2, 0, 0, 987))).toBe('2026-11-24T02:00:00Z')
  })
})

describe('the key', () => {
  it('signs so that the server can verify: P-256, SHA-256, r and s', async () => {
    const made = await makeKey(PIN, QUICK)
    const key = await unwrap(made.wrapped, PIN)
    expect(key).not.toBeNull()
    const signature = Buffer.from(await signText(key!, 'wufei-sign-1\nx'), 'base64')
    expect(signature).toHaveLength(64)
    const publicKey = createPublicKey({ key: Buffer.from(made.publicKey, 'base64'), format: 'der', type: 'spki' })
    expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    const check = (text: string): boolean => verify('sha256', Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
    expect(check('wufei-sign-1\nx')).toBe(true)
    expect(check('wufei-sign-1\ny')).toBe(false)
  })
  it('opens with the PIN only, and cannot be taken out', async () => {
    const made = await makeKey(PIN, QUICK)
    expect(await unwrap(made.wrapped, '402918')).toBeNull()
    expect(await unwrap(made.wrapped, '')).toBeNull()
    const key = (await unwrap(made.wrapped, PIN))!
    expect(key.extractable).toBe(false)
    expect(key.usages).toEqual(['sign'])
    await expect(crypto.subtle.exportKey('pkcs8', key)).rejects.toThrow()
    await expect(crypto.subtle.exportKey('raw', made.wrapped.pepper)).rejects.toThrow()
  })
  it('is bound to the browser: with another secret the PIN does not open it', async () => {
    const [one, two] = [await makeKey(PIN, QUICK), await makeKey(PIN, QUICK)]
    expect(await unwrap({ ...one.wrapped, pepper: two.wrapped.pepper }, PIN)).toBeNull()
  })
  it('does not open when the record was changed', async () => {
    const { wrapped } = await makeKey(PIN, QUICK)
    const bytes = new Uint8Array(wrapped.wrapped.slice(0))
    bytes[10]! ^= 1
    expect(await unwrap({ ...wrapped, wrapped: bytes.buffer }, PIN)).toBeNull()
  })
  it('stretches the PIN by the number of rounds that is demanded, with salt and nonce of its own', async () => {
    expect(ITERATIONS).toBeGreaterThanOrEqual(600_000)
    const [one, two] = [await makeKey(PIN), await makeKey(PIN, QUICK)]
    expect(one.wrapped.iterations).toBe(ITERATIONS)
    expect(base64(one.wrapped.salt)).not.toBe(base64(two.wrapped.salt))
    expect(base64(one.wrapped.iv)).not.toBe(base64(two.wrapped.iv))
    expect(await unwrap(one.wrapped, PIN)).not.toBeNull()
  })
})

describe('a PIN', () => {
  it.each([['12345', 'short'], ['', 'short'], ['12a456', 'digits'], ['123456', 'simple'], ['987654', 'simple'], ['111111', 'simple'], ['121212', 'simple'], ['890123', 'simple'], ['402917', null], ['20260131', null]])('%s: %s', (pin, fault) => {
    expect(pinFault(pin)).toBe(fault)
  })
})

describe('what is queued', () => {
  const doc = { id: 'm-1', version: 7, content_hash: 'cd'.repeat(32) } as Manifest
  const NOW = Date.UTC(2026, 10, 24, 2)
  it('is a signature over version, hash and its own idempotency key, and holds no secret', async () => {
    let text = ''
    const draft = await signDraft(doc, 'carrier', 'key-1', async (value) => {
      text = value
      return 'c2ln'
    }, NOW)
    expect(text).toBe(`wufei-sign-1\nm-1\ncarrier\n7\n${doc.content_hash}\n2026-11-24T02:00:00Z\n${draft.id}`)
    expect(draft).toMatchObject({ kind: 'sign', path: '/manifests/m-1/sign', version: 7 })
    expect(draft.body).toEqual({ step: 'carrier', version: 7, content_hash: doc.content_hash, key: { id: 'key-1', signed_at: '2026-11-24T02:00:00Z', signature: 'c2ln' } })
  })
  it('says for an arrival when it was, not when it is sent', async () => {
    const draft = await signDraft(doc, 'arrival', 'key-1', async () => 'c2ln', NOW)
    expect(draft.body).toMatchObject({ data: { arrived_at: '2026-11-24T02:00:00Z' } })
  })
  it('is a report or a finding that needs its pictures', () => {
    const photos = [{ id: 'p1', bytes: new ArrayBuffer(1), url: '', width: 1, height: 1 }]
    expect(reportDraft({ manifest: 'm-1', kind: 'take_over', note: ' ok ', photos, place: null, now: NOW, needs: ['s'] })).toMatchObject({ path: '/manifests/m-1/reports', photos: ['p1'], needs: ['p1', 's'], body: { kind: 'take_over', note: 'ok', place: null, occurred_at: '2026-11-24T02:00:00Z' } })
    expect(verifyDraft({ warning: 'w-1', version: 2, finding: 'confirmed', note: 'seen', photos, place: { lat_e6: 1, lon_e6: 2, accuracy_m: 3 }, now: NOW })).toMatchObject({ path: '/warnings/w-1/verify', version: 2, needs: ['p1'], body: { finding: 'confirmed', place: { lat_e6: 1, lon_e6: 2, accuracy_m: 3 } } })
  })
})
