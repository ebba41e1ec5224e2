import { expect, test } from 'vitest'
import type { UnfinishedRound } from '../../../storage/unfinishedRound'
import { addToCurve } from './liveCurve'

const loss = (step: number) => ({ kind: 'loss', family: 'segformer', step, steps: 2000, loss: step }) as const

test('a long curve is thinned, and steps that are taken again replace those of before', () => {
  let curves: UnfinishedRound['curves'] = {}
  for (let step = 1; step <= 2000; step++) curves = addToCurve(curves, loss(step))
  const drawn = curves.segformer!.losses
  expect(drawn.length).toBeLessThanOrEqual(300)
  expect(drawn[0]).toEqual([1, 1])
  expect(drawn.at(-1)).toEqual([2000, 2000])
  const again = addToCurve(curves, loss(1000)).segformer!.losses
  expect(again.at(-1)).toEqual([1000, 1000])
  expect(again.every(([step], i) => i === 0 || step > again[i - 1]![0])).toBe(true)
})
