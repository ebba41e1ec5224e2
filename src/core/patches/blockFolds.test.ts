import { expect, test } from 'vitest'
import { blockFolds } from './blockFolds'

const names = (ids: number[]) => ids.map(id => `image_${id}`)

test('consecutive ids stay together, in the order of the ids whatever the order given', () => {
  const ids = [1, 2, 3, 16, 38, 40, 41, 45, 72, 150, 253, 512, 525, 600, 800]
  const folds = blockFolds(names([...ids].reverse()), 3)
  expect(folds).toEqual([
    names([1, 2, 3, 16, 38]),
    names([40, 41, 45, 72, 150]),
    names([253, 512, 525, 600, 800]),
  ])
})

test('a block longer than a fold is not cut', () => {
  expect(blockFolds(names([1, 2, 3, 4, 9]), 3)).toEqual([names([1, 2, 3, 4]), names([9])])
  expect(blockFolds(['b', 'a'], 2)).toEqual([['a'], ['b']])
})
