import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uniqueNames } from './uniqueNames'

test('names that a file system would confuse are numbered', () => {
  expect(uniqueNames(['a', 'b', 'A', 'a', 'a-2'])).toEqual(['a', 'b', 'A-2', 'a-3', 'a-2-2'])
  expect(uniqueNames(['a', 'a', 'a-2'])).toEqual(['a', 'a-2', 'a-2-2'])
  expect(uniqueNames(['\u00e9', 'e\u0301'])).toEqual(['\u00e9', 'e\u0301-2'])
  expect(uniqueNames(['x', 'x', 'x-2'])).toEqual(['x', 'x-2', 'x-2-2'])
})

test('no name comes twice, whatever the names are, and a first occurrence of a free name stays as it is', () => {
  const name = fc.constantFrom('x', 'X', 'x-2', 'X-2', 'x-3', 'x-2-2', 'y')
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), names => {
      const unique = uniqueNames(names)
      expect(new Set(unique.map(one => one.toLowerCase())).size).toBe(names.length)
      expect(unique.every((one, i) => one.startsWith(names[i]!))).toBe(true)
      expect(uniqueNames(names)).toEqual(unique)
    }),
  )
})
