import { describe, expect, test } from 'vitest'
import { AppError } from '../../foundation/appError'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors'

/** A file with a hand-made header, so that each lie can be told on its own. */
function fileOf(header: unknown, body = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + body.length)
  new DataView(bytes.buffer).setUint32(0, json.length, true)
  bytes.set(json, 8)
  bytes.set(body, 8 + json.length)
  return bytes
}

test('what is written is read back, whatever the types, at any alignment of the file', () => {
  const tensors = new Map<string, StoredTensor>([
    ['flags', { shape: [3], data: new Uint8Array([1, 2, 255]) }],
    ['weights', { shape: [2, 2], data: new Float32Array([1.5, -2, 0, 3e-30]) }],
    ['count', { shape: [], data: new BigInt64Array([-7n]) }],
    ['loss', { shape: [1], data: new Float64Array([Math.PI]) }],
    ['labels', { shape: [0, 4], data: new Int32Array(0) }],
  ])
  const bytes = writeSafetensors(tensors, { format: 'pt' })
  expect((8 + new DataView(bytes.buffer).getUint32(0, true)) % 8).toBe(0)
  const shifted = new Uint8Array(bytes.length + 3).subarray(3)
  shifted.set(bytes)
  const back = readSafetensors(shifted)
  expect(back.metadata).toEqual({ format: 'pt' })
  expect(new Set(back.tensors.keys())).toEqual(new Set(tensors.keys()))
  for (const [name, tensor] of tensors) expect(back.tensors.get(name)).toEqual(tensor)
  // A Node Buffer is a Uint8Array whose `slice` shares memory.
  expect(readSafetensors(Buffer.from(bytes)).tensors.get('loss')).toEqual(tensors.get('loss'))
})

test('half precision is widened exactly', () => {
  const halves = new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00, 0xfc00, 0x7e00, 0x3555])
  const read = readSafetensors(
    fileOf({ h: { dtype: 'F16', shape: [7], data_offsets: [0, 14] } }, new Uint8Array(halves.buffer)),
  )
  const third = 1365 / 4096
  expect([...read.tensors.get('h')!.data]).toEqual([1, -2, 2 ** -24, Infinity, -Infinity, NaN, third])
  const brains = new Uint16Array([0x3f80, 0xc0a0])
  const bfloat = readSafetensors(
    fileOf({ b: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } }, new Uint8Array(brains.buffer)),
  )
  expect([...bfloat.tensors.get('b')!.data]).toEqual([1, -5])
})

describe('a hostile or broken file is refused with model-invalid', () => {
  const four = new Uint8Array(4)
  const entry = (fields: object) => ({ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4], ...fields } })
  const cases: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    'header longer than the file': new Uint8Array([255, 255, 0, 0, 0, 0, 0, 0, 1]),
    'header length of 64 bits': new Uint8Array([0, 0, 0, 0, 1, 0, 0, 0]),
    'header that is no JSON': fileOf('{'),
    'header that is a list': fileOf([]),
    'header that is not UTF-8': fileOf('x').map((byte, i) => (i === 8 ? 0xff : byte)),
    'unknown type': fileOf(entry({ dtype: 'toString' }), four),
    'negative extent': fileOf(entry({ shape: [-4] }), four),
    'fractional extent': fileOf(entry({ shape: [0.5, 8] }), four),
    'shape larger than the bytes': fileOf(entry({ shape: [5] }), four),
    'shape beyond exact integers': fileOf(entry({ shape: [2 ** 40, 2 ** 40] }), four),
    'offsets past the end': fileOf(entry({ data_offsets: [4, 8] }), four),
    'offsets backwards': fileOf(entry({ data_offsets: [4, 0] }), four),
    'overlapping tensors': fileOf(
      { ...entry({}), b: { dtype: 'U8', shape: [2], data_offsets: [2, 4] } },
      four,
    ),
    'bytes that no tensor owns': fileOf(entry({ shape: [2], data_offsets: [0, 2] }), four),
    'metadata of numbers': fileOf({ ...entry({}), __metadata__: { a: 1 } }, four),
    'entry that is null': fileOf({ a: null }),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    test(name, () => {
      expect(() => readSafetensors(bytes)).toThrow(AppError)
      expect(() => readSafetensors(bytes)).toThrow(expect.objectContaining({ code: 'model-invalid' }))
    })
  }
})
