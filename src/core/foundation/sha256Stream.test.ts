import { expect, test } from 'vitest'
import { sha256 } from './sha256'
import { Sha256Stream } from './sha256Stream'

const streamed = (...pieces: Uint8Array[]) => {
  const stream = new Sha256Stream()
  for (const piece of pieces) stream.update(piece)
  return stream.digest()
}

test('the examples of FIPS 180-4', () => {
  const text = (content: string) => new TextEncoder().encode(content)
  expect(streamed(text('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(streamed(text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))).toBe(
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
  expect(streamed()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

test('every length around a block, in pieces of any size, is as Web Crypto has it', async () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 31) % 251)
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length)
    const expected = await sha256(part)
    expect(streamed(part)).toBe(expected)
    const cut = (length * 7) % (length + 1)
    expect(streamed(part.subarray(0, cut), part.subarray(cut))).toBe(expected)
  }
})
