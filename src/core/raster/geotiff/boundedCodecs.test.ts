import fc from 'fast-check'
import { zlibSync } from 'fflate'
import { expect, it } from 'vitest'
import { decodeLzw, inflateBounded, inflateUpTo, soundZstd } from './boundedCodecs'

/** TIFF's LZW by its specification (TIFF 6.0, section 13), with the width grown once entry 511, 1023 or 2047 is in the table. */
function encodeLzw(bytes: Uint8Array, onCode: (width: number) => void = () => {}): Uint8Array {
  const out: number[] = []
  let buffer = 0
  let buffered = 0
  let width = 9
  const emit = (code: number) => {
    buffer = (buffer << width) | code
    buffered += width
    onCode(width)
    while (buffered >= 8) {
      buffered -= 8
      out.push((buffer >> buffered) & 255)
      buffer &= (1 << buffered) - 1
    }
  }
  let table = new Map<string, number>()
  const reset = () => {
    emit(256)
    table = new Map(Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(byte), byte]))
    width = 9
  }
  reset()
  let run = ''
  let next = 258
  for (const byte of bytes) {
    const longer = run + String.fromCharCode(byte)
    if (table.has(longer)) {
      run = longer
      continue
    }
    emit(table.get(run)!)
    table.set(longer, next++)
    if (next === 512 || next === 1024 || next === 2048) width++
    if (next === 4094) {
      reset()
      next = 258
    }
    run = String.fromCharCode(byte)
  }
  if (run) emit(table.get(run)!)
  next++
  if (next === 512 || next === 1024 || next === 2048) width++
  emit(257)
  if (buffered > 0) out.push((buffer << (8 - buffered)) & 255)
  return Uint8Array.from(out)
}

it('decodes what an encoder by the specification writes', () => {
  // Codes grow to 10 bits after 254 new runs, to 12 after 1790, and begin anew after 3836.
  const widths = new Set<number>()
  const noise = (length: number, seed: number, values: number) =>
    Uint8Array.from({ length }, (_, i) => ((i + seed) * (i ^ seed) * 2654435761) >>> 24).map(
      byte => byte % values,
    )
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9000 }),
      fc.nat(1e6),
      fc.constantFrom(1, 2, 4, 256),
      (length, seed, values) => {
        const bytes = noise(length, seed, values)
        expect(
          decodeLzw(
            encodeLzw(bytes, width => widths.add(width)),
            length,
          ),
        ).toEqual(bytes)
      },
    ),
    { numRuns: 25 },
  )
  expect([...widths].sort((a, b) => a - b)).toEqual([9, 10, 11, 12])
})

it('inflates to the length asked for, and no further than allowed', () => {
  const content = Uint8Array.from({ length: 40_000 }, (_, i) => (i * i) >> 7)
  const stored = zlibSync(content)
  expect(inflateBounded(stored, 40_000).join()).toBe(content.join())
  expect(inflateBounded(stored, 30_000, 40_000).join()).toBe(content.subarray(0, 30_000).join())
  expect(inflateUpTo(stored, 60_000).join()).toBe(content.join())
  const padded = Uint8Array.from([...stored, 1, 2, 3])
  expect(inflateBounded(padded, 40_000).join()).toBe(content.join())
  expect(() => inflateBounded(stored, 30_000)).toThrow('beyond 30000 bytes')
  expect(() => inflateBounded(stored, 40_001)).toThrow('40000 of 40001')
  expect(() => inflateBounded(stored.subarray(0, stored.length - 2), 40_000)).toThrow('ends early')
  const bomb = zlibSync(new Uint8Array(4 * 2 ** 20))
  expect(() => inflateBounded(bomb, 4096)).toThrow('beyond 4096 bytes')
})

it('says where a stream ends early', () => {
  const whole = encodeLzw(Uint8Array.from({ length: 400 }, (_, i) => i % 7))
  expect(() => decodeLzw(whole, 401)).toThrow('400 of 401')
})

it('refuses a Zstandard frame without the checksum that it announces: the decoder gives its memory for it', () => {
  /** A frame of one stored block (RFC 8878, 3.1.1): magic, descriptor, size, block header, samples. */
  const frame = (descriptor: number, ...end: number[]) =>
    new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, descriptor, 3, (3 << 3) | 1, 0, 0, 7, 8, 9, ...end])
  const [singleSegment, checksum] = [0x20, 0x04]
  expect(soundZstd(frame(singleSegment), 3)).toHaveLength(12)
  expect(soundZstd(frame(singleSegment | checksum, 1, 2, 3, 4), 3)).toHaveLength(16)
  // What a writer pads a block with is no part of the frame.
  expect(soundZstd(frame(singleSegment, 0, 0), 3)).toHaveLength(12)
  expect(() => soundZstd(frame(singleSegment | checksum, 1, 2, 3), 3)).toThrow('ends before its checksum')
  expect(() => soundZstd(frame(singleSegment), 2)).toThrow('states 3 bytes, not 2')
})
