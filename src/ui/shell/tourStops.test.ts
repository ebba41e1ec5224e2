import { expect, test } from 'vitest'
import { placeCard } from './tourStops'

const room = { width: 1280, height: 800 }
const card = { width: 320, height: 180 }

test('a card stands beside its target where there is room', () => {
  expect(placeCard({ left: 0, top: 44, width: 280, height: 756 }, card, room)).toEqual({
    left: 292,
    top: 332,
  })
  expect(placeCard({ left: 976, top: 44, width: 304, height: 300 }, card, room).left).toBe(644)
  expect(placeCard({ left: 300, top: 40, width: 960, height: 100 }, card, room).top).toBe(152)
})

test('it never leaves the window, and lies inside a target that fills it', () => {
  for (const target of [
    { left: 0, top: 0, width: 1280, height: 800 },
    { left: 1200, top: 4, width: 70, height: 30 },
    { left: 4, top: 780, width: 1272, height: 16 },
  ]) {
    const { left, top } = placeCard(target, card, room)
    expect(left).toBeGreaterThanOrEqual(8)
    expect(top).toBeGreaterThanOrEqual(8)
    expect(left + card.width).toBeLessThanOrEqual(1272)
    expect(top + card.height).toBeLessThanOrEqual(792)
  }
})
