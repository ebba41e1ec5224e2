import { expect, test } from 'vitest'
import { boxBetween, rectangle, rectangleOf } from './drawnArea'
import { gridText, postingText, sensedText } from './sceneText'

test('postings in degrees are said in arc-seconds, others in metres', () => {
  const at = (step: number, crs: string | null) =>
    postingText({ crs, transform: [13, step, 0, 47, 0, -step] })
  expect(at(1 / 3600, 'EPSG:4326')).toBe('1 arcsec')
  expect(at(3 / 3600, null)).toBe('3 arcsec')
  expect(at(30, 'EPSG:32633')).toBe('30 m')
  // Half a metre in a projected system is no angle.
  expect(at(0.25, 'EPSG:32633')).toBe('0.25 m')
})

test('a grid and a date read the same on every machine', () => {
  expect(gridText({ crs: 'EPSG:32633', transform: [0, 10, 0, 0, 0, -10], width: 10980, height: 540 })).toBe(
    '10,980 x 540 pixels of 10 m, EPSG:32633',
  )
  expect(sensedText('2020-07-04T09:50:29Z')).toBe('2020-07-04 09:50 UTC')
  expect(sensedText(null)).toBe('not known')
})

test('a rectangle is known again, whichever way it was drawn, and stays in the scene', () => {
  const size = { width: 100, height: 50 }
  const box = boxBetween([90, 60], [20.4, 10.6], size)
  expect(box).toEqual({ left: 20, top: 10, right: 90, bottom: 50 })
  expect(rectangleOf([rectangle(box)])).toEqual(box)
  expect(boxBetween([100, 50], [100, 50], size)).toEqual({ left: 99, top: 49, right: 100, bottom: 50 })
  expect(rectangleOf([[[0, 0, 5, 0, 5, 5]]])).toBeNull()
  expect(rectangleOf([[[0, 0, 5, 1, 5, 5, 0, 5]]])).toBeNull()
})
