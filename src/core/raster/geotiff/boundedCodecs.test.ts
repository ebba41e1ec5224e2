import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeLzw } from './boundedCodecs'

/** TIFF's LZW by its specification (TIFF 6.0, section 13), with the width grown one code early. */
function encodeLzw(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  let buffer = 0
  let buffered = 0
  let width = 9
  const emit = (code: number) => {
    buffer = (buffer << width) | code
    buffered += width
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
    if (next === 511 || next === 1023 || next === 2047) width++
    if (next === 4094) {
      reset()
      next = 258
    }
    run = String.fromCharCode(byte)
  }
  if (run) emit(table.get(run)!)
  next++
  if (next === 511 || next === 1023 || next === 2047) width++
  emit(257)
  if (buffered > 0) out.push((buffer << (8 - buffered)) & 255)
  return Uint8Array.from(out)
}

it('decodes what an encoder by the specification writes', () => {
  const few = fc.uint8Array({ min: 0, max: 3, minLength: 1, maxLength: 3000 })
  fc.assert(
    fc.property(fc.oneof(few, fc.uint8Array({ minLength: 1, maxLength: 9000 })), bytes => {
      expect(decodeLzw(encodeLzw(bytes), bytes.length)).toEqual(bytes)
    }),
    { numRuns: 60 },
  )
})

it('says where a stream ends early', () => {
  const whole = encodeLzw(Uint8Array.from({ length: 400 }, (_, i) => i % 7))
  expect(() => decodeLzw(whole, 401)).toThrow('400 of 401')
})
