import { expect, test } from 'vitest'
import { isId } from './ids'

test('what patches, rounds and models are called is an id, in any script', () => {
  for (const id of [
    'image_1~128x128~0a1b',
    'round-1-seed-1',
    'Ünter.Tal-2~8x8~f',
    '滑坡~1x1~0',
    '_x',
    '.hidden-1',
  ])
    expect(isId(id), id).toBe(true)
})

test('what leads out of a folder, hides, or every object has is none', () => {
  const bad = ['', '.', '..', '../x', 'a/b', 'a\\b', 'C:x', 'a b', 'a\u202eb', 'a\0', 'x'.repeat(201)]
  for (const id of [...bad, '__proto__', 'constructor', 'toString', 'hasOwnProperty'])
    expect(isId(id), id).toBe(false)
})
