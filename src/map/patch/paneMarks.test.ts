import { expect, test } from 'vitest'
import { markerPath } from './paneMarks'

test('the marker of a point lies round its pixel and covers none of it, and its arms keep off', () => {
  const half = 2.5
  const path = markerPath({ x: 20, y: 30 }, { x: 30, y: 40 })
  const box = /^M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H([\d.]+)Z/.exec(path)!.slice(1).map(Number)
  // The line is five wide: its inner edge is the pixel's own.
  expect(box).toEqual([20 - half, 30 - half, 30 + half, 40 + half, 20 - half])
  const arms = [...path.matchAll(/M([\d.-]+) ([\d.-]+)([hv])(-?\d+)/g)].map(([, x, y, axis, length]) => ({
    ...{ x: Number(x), y: Number(y), axis, length: Number(length) },
  }))
  expect(arms).toHaveLength(4)
  for (const { x, y, axis, length } of arms) {
    const [at, middle] = axis === 'h' ? [x, 25] : [y, 35]
    const away = Math.abs(at - middle)
    expect(away).toBeGreaterThan(15)
    expect(Math.abs(at + length - middle)).toBeGreaterThan(away)
  }
})
