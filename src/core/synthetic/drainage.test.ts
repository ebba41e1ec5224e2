import { expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { drainage } from './drainage'
import { fractalNoise } from './field'

test('every cell of a rough surface, pits included, drains to the outlet', () => {
  const size = 24
  const height = fractalNoise(randomStream(1, 'pits'), size, { scale: 8, octaves: 4 })
  const outlet = (column: number, row: number) => column === 0 && row === 5
  const { receiver, order, accumulation } = drainage(height, outlet)
  expect(order.length).toBe(size * size)
  expect(accumulation[5 * size]).toBe(size * size)
  for (let start = 0; start < size * size; start++) {
    let cell = start
    for (let step = 0; step < size * size && receiver[cell] !== cell; step++) cell = receiver[cell]!
    expect(cell).toBe(5 * size)
  }
})
