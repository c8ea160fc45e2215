import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { equal, fromHex, hashFrom, leafHash, parseCheckpoint, toHex, verifyCheckpoint, verifyConsistency, verifyInclusion } from '@/shared/lib/merkle'

// The tree by its definition (RFC 9162 §2.1.1), written apart from the code under test.
const h = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
const leaf = (i: number): Buffer => h(Uint8Array.of(0), Buffer.from(`event ${i}`))
const half = (n: number): number => 2 ** Math.floor(Math.log2(n - 1))
function root(l: Buffer[]): Buffer {
  return l.length === 1 ? l[0]! : h(Uint8Array.of(1), root(l.slice(0, half(l.length))), root(l.slice(half(l.length))))
}
function inclusion(m: number, l: Buffer[]): Buffer[] {
  if (l.length === 1) return []
  const k = half(l.length)
  return m < k ? [...inclusion(m, l.slice(0, k)), root(l.slice(k))] : [...inclusion(m - k, l.slice(k)), root(l.slice(0, k))]
}
function consistency(m: number, l: Buffer[], whole = true): Buffer[] {
  if (m === l.length) return whole ? [] : [root(l)]
  const k = half(l.length)
  return m <= k ? [...consistency(m, l.slice(0, k), whole), root(l.slice(k))] : [...consistency(m - k, l.slice(k), false), root(l.slice(0, k))]
}
const tree = (n: number): Buffer[] => Array.from({ length: n }, (_, i) => leaf(i))

describe('inclusion', () => {
  it('holds for every leaf of every small tree, and for nothing else', async () => {
    for (let size = 1; size <= 33; size += 1) {
      const leaves = tree(size)
      for (let at = 0; at < size; at += 1) {
        const path = inclusion(at, leaves)
        expect(await verifyInclusion(at, size, leaves[at]!, path, root(leaves))).toBe(true)
        if (size > 1) {
          expect(await verifyInclusion((at + 1) % size, size, leaves[at]!, path, root(leaves))).toBe(false)
          expect(await verifyInclusion(at, size, leaves[at]!, path.slice(1), root(leaves))).toBe(false)
        }
        expect(await verifyInclusion(at, size, leaf(999), path, root(leaves))).toBe(false)
        expect(await verifyInclusion(at, size, leaves[at]!, [...path, leaf(0)], root(leaves))).toBe(false)
      }
    }
  })
  it('refuses indexes outside the tree', async () => {
    expect(await verifyInclusion(3, 3, leaf(0), [], leaf(0))).toBe(false)
    expect(await verifyInclusion(-1, 3, leaf(0), [], leaf(0))).toBe(false)
  })
  it('hashes a leaf with the prefix 0x00', async () => {
    expect(toHex(await leafHash(new Uint8Array()))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  })
})

describe('consistency', () => {
  it('holds between all small trees, and is broken by any change', async () => {
    for (let second = 1; second <= 20; second += 1) {
      const leaves = tree(second)
      for (let first = 1; first <= second; first += 1) {
        const path = consistency(first, leaves)
        const old = root(leaves.slice(0, first))
        expect(await verifyConsistency(first, second, old, root(leaves), path), `${first} ${second}`).toBe(true)
        const altered = [...leaves]
        altered[0] = leaf(999)
        expect(await verifyConsistency(first, second, old, root(altered), consistency(first, altered))).toBe(false)
        if (first < second) expect(await verifyConsistency(first, second, old, root(leaves), path.slice(1))).toBe(false)
      }
    }
  })
})

describe('checkpoint', () => {
  it('is read and its Ed25519 line checked', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    const name = 'wufei.test/log'
    const material = Buffer.concat([Buffer.from([1]), raw])
    const id = h(Buffer.from(`${name}\n`), material).subarray(0, 4)
    const body = `${name}\n5\n${root(tree(5)).toString('base64')}\n`
    const text = `${body}\n— ${name} ${Buffer.concat([id, sign(null, Buffer.from(body), privateKey)]).toString('base64')}\n`
    const parsed = parseCheckpoint(text)!
    expect(parsed.size).toBe(5)
    expect(equal(parsed.root, root(tree(5)))).toBe(true)
    const vkey = `${name}+${id.toString('hex')}+${material.toString('base64')}`
    expect(await verifyCheckpoint(parsed, vkey)).toBe(true)
    expect(await verifyCheckpoint({ ...parsed, body: parsed.body.replace('\n5\n', '\n6\n') }, vkey)).toBe(false)
    expect(parseCheckpoint('nonsense')).toBeNull()
  })
  it('takes hashes as hex and as base64', () => {
    const bytes = root(tree(3))
    expect(equal(hashFrom(bytes.toString('hex'))!, bytes)).toBe(true)
    expect(equal(hashFrom(bytes.toString('base64'))!, bytes)).toBe(true)
    expect(hashFrom('00')).toBeNull()
    expect(fromHex('zz')).toBeNull()
  })
})
