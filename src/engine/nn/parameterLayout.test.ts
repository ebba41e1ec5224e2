import { expect, test } from 'vitest'
import {
  type ParameterLayout,
  toCheckpointOrder,
  toCheckpointShape,
  toMemoryOrder,
  toMemoryShape,
} from './parameterLayout'

const counting = (length: number) => Float32Array.from({ length }, (_, i) => i)

test('a linear weight is transposed', () => {
  expect(toMemoryShape([2, 3], 'linear')).toEqual([3, 2])
  expect([...toMemoryOrder(counting(6), [2, 3], 'linear')]).toEqual([0, 3, 1, 4, 2, 5])
})

test('a convolution kernel goes from [out, in, kh, kw] to [kh, kw, in, out]', () => {
  const [out, input, kh, kw] = [2, 3, 4, 5]
  const memory = toMemoryOrder(counting(out * input * kh * kw), [out, input, kh, kw], 'conv')
  for (const [o, i, y, x] of [
    [1, 2, 3, 4],
    [0, 1, 2, 0],
    [1, 0, 0, 3],
  ] as const) {
    expect(memory[((y * kw + x) * input + i) * out + o]).toBe(((o * input + i) * kh + y) * kw + x)
  }
})

test('every layout returns to where it came from', () => {
  const shapes: Record<ParameterLayout, number[]> = {
    conv: [2, 3, 4, 5],
    depthwise: [6, 1, 3, 2],
    linear: [4, 7],
    plain: [9, 2],
  }
  for (const [layout, shape] of Object.entries(shapes) as [ParameterLayout, number[]][]) {
    const values = counting(shape.reduce((a, b) => a * b))
    const memoryShape = toMemoryShape(shape, layout)
    expect(toCheckpointShape(memoryShape, layout)).toEqual(shape)
    expect(toCheckpointOrder(toMemoryOrder(values, shape, layout), memoryShape, layout)).toEqual(values)
  }
})
