import { expect, test } from 'vitest'
import { uniqueNames } from './exportMasks'

test('names that a file system would confuse are numbered', () => {
  expect(uniqueNames(['a', 'b', 'A', 'a', 'a-2'])).toEqual(['a', 'b', 'A-2', 'a-3', 'a-2-2'])
})
