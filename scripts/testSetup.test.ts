import { expect, test } from 'vitest'

const image = (length: number) => Float32Array.from({ length }, (_, at) => at / 7)

test('numbers that differ anywhere, in kind or in length are not equal', () => {
  const changed = image(5000)
  changed[4999] = 0
  expect(image(5000)).toEqual(image(5000))
  expect(image(5000)).not.toEqual(changed)
  expect([...image(5000)]).not.toEqual([...changed])
  expect(image(5000)).not.toEqual(image(4999))
  expect(new Uint8Array(4)).not.toEqual(new Int8Array(4))
  expect(new Uint8Array(4)).not.toEqual([0, 0, 0, 0])
  expect({ deep: [new Float64Array([0])] }).not.toEqual({ deep: [new Float64Array([-0])] })
  expect(new Float64Array([Number.NaN])).toEqual(new Float64Array([Number.NaN]))
})

test('what vitest tells apart besides numbers, it tells apart as ever', () => {
  expect([0]).not.toEqual([-0])
  expect(new Array(2)).not.toStrictEqual([undefined, undefined])
  expect([1, '2']).not.toEqual([1, 2])
  expect([1, 2]).toEqual([1, expect.any(Number)])
})

test('a million numbers are compared in a moment', () => {
  const [one, other] = [new Uint8Array(1e6).fill(7), new Uint8Array(1e6).fill(7)]
  const before = process.cpuUsage()
  expect(one).toEqual(other)
  // Vitest's own look at each takes seconds.
  expect(process.cpuUsage(before).user).toBeLessThan(500_000)
})
