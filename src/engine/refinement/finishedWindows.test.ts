import { expect, test } from 'vitest'
import { decodeWindow, encodeWindow, findWindows } from './finishedWindows'

const window = { column: 192, row: 384, width: 3, height: 2 }

const maps = [Float32Array.of(0, 0.1, Number.NaN, 1, -0, 0.5), new Float32Array(6).fill(1 / 3)]

/** Appended to one another, as in a file. */
function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]))
}

test('windows come back with the very bits, those without data too', () => {
  const empty = { ...window, column: 384 }
  const bytes = joined(encodeWindow(window, maps), encodeWindow(empty, null))
  const [first, second] = findWindows(bytes)
  expect([first!.window, second!.window]).toEqual([window, empty])
  const back = decodeWindow(bytes.subarray(first!.begin, first!.begin + first!.length))
  expect(back).toEqual(maps)
  expect(Object.is(back![0]![4], -0)).toBe(true)
  expect(decodeWindow(bytes.subarray(second!.begin))).toBeNull()
})

test('what a kill cut off, or a disk damaged, ends the list', () => {
  const [one, other] = [encodeWindow(window, maps), encodeWindow({ ...window, column: 0 }, maps)]
  const bytes = joined(one, other)
  for (let length = one.length; length < bytes.length; length += 7) {
    expect(findWindows(bytes.subarray(0, length))).toHaveLength(1)
  }
  for (let length = 0; length < one.length; length += 7) {
    expect(findWindows(bytes.subarray(0, length))).toHaveLength(0)
  }
  for (let at = one.length; at < bytes.length; at++) {
    const damaged = bytes.slice()
    damaged[at]! ^= 16
    expect(findWindows(damaged)).toHaveLength(1)
  }
})
