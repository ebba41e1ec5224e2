import { expect, test } from 'vitest'
import { answerOf, firstBandChoice } from './checkpointBands'

const named = (names: string) => ({ way: 'names', names })

test('the only set of a length is chosen; of two orders none is', () => {
  expect(firstBandChoice(3).way).toBe('rgb')
  expect(firstBandChoice(10).way).toBeNull()
  expect(firstBandChoice(13).way).toBeNull()
  expect(firstBandChoice(7).way).toBeNull()
  expect(answerOf(firstBandChoice(10), 10)).toEqual({ status: 'open' })
})

test('a set says what becomes of its bands', () => {
  expect(answerOf({ way: 'bigearthnet-s2-v0.1', names: '' }, 10)).toEqual({
    status: 'ready',
    bandNames: ['B2', 'B3', 'B4', 'B8', 'B5', 'B6', 'B7', 'B11', 'B12', 'B8A'],
    message:
      'B2 to B8, B11 and B12 keep their weights. B8A is dropped. B1, B9, B10, slope and elevation start from zero.',
  })
})

test('names are read as they are typed, and a wrong list says what is wrong', () => {
  expect(answerOf(named('b03, B02'), 2)).toMatchObject({ status: 'ready', bandNames: ['B3', 'B2'] })
  expect(answerOf(named('  '), 2)).toEqual({ status: 'open' })
  for (const [names, message] of [
    ['B02, B13', '"B13" is not a band.'],
    ['B02, B2', 'B2 is in the list of bands twice.'],
    ['B02, B03, B04', 'The first layer takes 2 bands, but 3 are named.'],
    ['VV, VH', 'A patch has none of the bands VV, VH.'],
  ] as const) {
    expect(answerOf(named(names), 2)).toEqual({ status: 'wrong', message: expect.stringContaining(message) })
  }
})

test('unknown bands are repeated by position', () => {
  expect(answerOf({ way: 'position', names: '' }, 7)).toMatchObject({
    status: 'ready',
    bandNames: null,
    message: expect.stringContaining('scaled by 7/14, as timm does'),
  })
})
