import { expect, test } from 'vitest'
import { axisMatrix, nearestAxis } from './resize'

/** Which input pixel each output pixel reads, as PyTorch's CPU kernel: float32 scale, float32 product. */
function torchNearest(from: number, to: number): number[] {
  const scale = Math.fround(from / to)
  return Array.from({ length: to }, (_, dst) =>
    Math.min(from - 1, Math.floor(Math.fround(Math.fround(dst) * scale))),
  )
}

function ours(from: number, to: number): number[] {
  const matrix = axisMatrix(nearestAxis(from, to), from, to, true)
  return Array.from({ length: to }, (_, row) => matrix.indexOf(1, row * from) - row * from)
}

test('an exact multiple that float32 rounds down falls to the pixel before', () => {
  expect(ours(30, 58)[29]).toBe(14)
  expect(ours(30, 60)[2]).toBe(1)
})

test('every resize of a U-Net on sides up to 600 reads the pixels that PyTorch reads', () => {
  const differing: string[] = []
  let compared = 0
  for (let side = 2; side <= 600; side++) {
    const halves = [side]
    for (let i = 0; i < 5; i++) halves.push(Math.ceil(halves.at(-1)! / 2))
    const floored = Math.floor(side / 2)
    const pairs = halves.slice(1).map((from, i) => [from, halves[i]!] as const)
    for (const [from, to] of [...pairs, [halves[2]!, floored], [floored, side]] as const) {
      compared++
      if (ours(from, to).join() !== torchNearest(from, to).join()) differing.push(`${from} to ${to}`)
    }
  }
  expect(compared).toBeGreaterThan(4000)
  expect(differing).toEqual([])
})
