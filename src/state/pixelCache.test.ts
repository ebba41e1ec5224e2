import { expect, test } from 'vitest'
import { RecentMap } from './pixelCache'

const kept = <Value>(map: RecentMap<Value>, keys: string) =>
  [...keys].filter(key => map.get(key) !== undefined).join('')

test('forgets what was least recently used', () => {
  const map = new RecentMap<number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.get('a')
  map.set('c', 3)
  expect(kept(map, 'abc')).toBe('ac')
})

test('stays within its budget, but always keeps the newest', () => {
  const map = new RecentMap<number>(10, 100, size => size)
  map.set('a', 60)
  map.set('b', 30)
  map.set('c', 20)
  expect(kept(map, 'abc')).toBe('bc')
  map.set('b', 80)
  expect(kept(map, 'bc')).toBe('bc')
  map.set('d', 500)
  expect(kept(map, 'bcd')).toBe('d')
  map.delete('d')
  map.set('e', 100)
  expect(kept(map, 'e')).toBe('e')
})
