import { expect, test } from 'vitest'
import { RecentMap } from './recentMap'

const kept = <Value>(map: RecentMap<string, Value>, keys: string) =>
  [...keys].filter(key => map.get(key) !== undefined).join('')

test('forgets what was least recently used', () => {
  const map = new RecentMap<string, number>({ capacity: 2 })
  map.set('a', 1)
  map.set('b', 2)
  map.get('a')
  map.set('c', 3)
  expect(kept(map, 'abc')).toBe('ac')
})

test('stays within its budget, but always keeps the newest', () => {
  const map = new RecentMap<string, number>({ capacity: 10, budget: 100, sizeOf: size => size })
  map.set('a', 60)
  map.set('b', 30)
  map.set('c', 20)
  expect(kept(map, 'abc')).toBe('bc')
  expect(map.size).toBe(50)
  map.set('b', 80)
  expect(kept(map, 'bc')).toBe('bc')
  map.set('d', 500)
  expect(kept(map, 'bcd')).toBe('d')
  map.delete('d')
  map.set('e', 100)
  expect(kept(map, 'e')).toBe('e')
})

test('a pinned entry outlasts its turn, and goes once it is pinned no more', () => {
  const pinned = new Set(['a'])
  const map = new RecentMap<string, number>({ capacity: 2, isPinned: key => pinned.has(key) })
  for (const key of 'abcd') map.set(key, 1)
  expect(kept(map, 'bcd')).toBe('d')
  pinned.clear()
  map.set('e', 1)
  expect(kept(map, 'abcde')).toBe('de')
})
