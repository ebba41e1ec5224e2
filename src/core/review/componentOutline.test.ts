import { expect, test } from 'vitest'
import { componentOutline } from './componentOutline'
import { labelComponents } from './components'

test('a landslide is outlined along its pixels’ edges, holes too, and its neighbours are not', () => {
  const ring = labelComponents(Uint8Array.of(1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0), 4, 3)
  expect(componentOutline(ring, 1)).toBe('M0 0H3M1 1H2M1 2H2M0 3H3M0 0V3M1 1V2M2 1V2M3 0V3')
  const two = labelComponents(Uint8Array.of(1, 0, 1, 1), 4, 1)
  expect(componentOutline(two, 1)).toBe('M0 0H1M0 1H1M0 0V1M1 0V1')
  expect(componentOutline(two, 2)).toBe('M2 0H4M2 1H4M2 0V1M4 0V1')
  expect(() => componentOutline(two, 3)).toThrowError(/no landslide 3/)
})
