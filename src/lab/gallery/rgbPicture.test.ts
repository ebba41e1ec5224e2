import { expect, test } from 'vitest'
import { drawText, emptyPicture, paint, TEXT_HEIGHT } from './rgbPicture'

test('painting outside the picture changes nothing', () => {
  const picture = emptyPicture(3, 2, [10, 20, 250])
  paint(picture, 2, 1, [255, 0, 7])
  for (const [x, y] of [
    [3, 0],
    [-1, 1],
    [0, 2],
    [0, -1],
  ] as const) {
    paint(picture, x, y, [1, 1, 1])
  }
  expect(Array.from(picture.data)).toEqual([...new Array(5).fill([10, 20, 250]).flat(), 255, 0, 7])
})

test('text that would be wider than its place is cut off, and small letters become capitals', () => {
  const drawn = (text: string) => {
    const picture = emptyPicture(24, TEXT_HEIGHT, [0, 0, 0])
    drawText(picture, 0, 0, 24, text, [9, 9, 9])
    return picture.data
  }
  expect(drawn('abcde')).toEqual(drawn('ABC'))
  expect(drawn('ABC')).not.toEqual(drawn('ABD'))
})
