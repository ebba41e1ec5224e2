import { describe, expect, test } from 'vitest'
import { AppError } from '../../../core/foundation/appError'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors'

/** A file with a hand-made header, so that each false claim is tested on its own. */
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

const read = (dtype: string, data: Uint16Array | Int16Array | Int8Array | Uint32Array | Uint8Array) => {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer)
  const header = { a: { dtype, shape: [data.length], data_offsets: [0, bytes.length] } }
  return readSafetensors(fileOf(header, bytes)).tensors.get('a')!.data
}

test('half precision is widened exactly', () => {
  const halves: [bits: number, value: number][] = [
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 1365 / 4096],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x03ff, 1023 * 2 ** -24],
    [0x0001, 2 ** -24],
    [0x8001, -(2 ** -24)],
    [0x0000, 0],
    [0x8000, -0],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
    [0x7c01, NaN],
  ]
  expect([
    ...read(
      'F16',
      Uint16Array.from(halves, ([bits]) => bits),
    ),
  ]).toEqual(halves.map(([, value]) => value))
  const brains: [bits: number, value: number][] = [
    [0x3f80, 1],
    [0xc0a0, -5],
    [0x0001, 2 ** -133],
    [0x7f7f, (2 - 2 ** -7) * 2 ** 127],
    [0x7f80, Infinity],
    [0xff80, -Infinity],
    [0x7fc0, NaN],
    [0x8000, -0],
  ]
  expect([
    ...read(
      'BF16',
      Uint16Array.from(brains, ([bits]) => bits),
    ),
  ]).toEqual(brains.map(([, value]) => value))
})

test('masks and counters of narrow or unsigned types do not refuse the file', () => {
  expect(read('BOOL', new Uint8Array([0, 1]))).toEqual(new Uint8Array([0, 1]))
  expect(read('I8', new Int8Array([-128, 127]))).toEqual(new Int32Array([-128, 127]))
  expect(read('I16', new Int16Array([-32768, 5]))).toEqual(new Int32Array([-32768, 5]))
  expect(read('U16', new Uint16Array([65535, 1]))).toEqual(new Int32Array([65535, 1]))
  expect(read('U32', new Uint32Array([4294967295]))).toEqual(BigInt64Array.of(4294967295n))
})

describe('a hostile or broken file is refused with model-invalid', () => {
  const four = new Uint8Array(4)
  const entry = (fields: object) => ({ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4], ...fields } })
  const cases: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    'header longer than the file': new Uint8Array([255, 255, 0, 0, 0, 0, 0, 0, 1]),
    'header length of 64 bits': new Uint8Array([0, 0, 0, 0, 1, 0, 0, 0]),
    'header that is not JSON': fileOf('{'),
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
