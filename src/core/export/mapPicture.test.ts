import { decode } from 'fast-png'
import { expect, test } from 'vitest'
import { evidenceEvent } from './evidence.testing'
import { layOutMap, MapPicture, type MapRaster } from './mapPicture'

const utm = (left: number, top: number, size = 100, crs = 'EPSG:32633'): MapRaster => ({
  name: 'a',
  width: size,
  height: size,
  georeference: { crs, transform: [left, 10, 0, top, 0, -10], geoKeys: null },
})

test('rasters of one system lie as on the ground, a pixel on a pixel', async () => {
  const layout = await layOutMap([utm(400_000, 5_000_000), utm(402_000, 4_999_000)])
  expect(layout).toMatchObject({ width: 300, height: 200, metresPerPixel: 10, crs: 'EPSG:32633' })
  expect(layout.places).toEqual([
    { left: 0, top: 0, width: 100, height: 100 },
    { left: 200, top: 100, width: 100, height: 100 },
  ])
})

test('a raster of a neighbouring zone lies beside the other, about right', async () => {
  // The same point at the border of the zones, 15 degrees east.
  const layout = await layOutMap([utm(730_000, 5_000_000), utm(260_000, 5_000_000, 100, 'EPSG:32634')])
  const [first, second] = layout.places
  expect(second!.left).toBeGreaterThan(first!.left)
  // Turned a little: its box is wider than it.
  expect(Math.abs(second!.width / first!.width - 1)).toBeLessThan(0.1)
})

test('a large event is reduced to what a page shows', async () => {
  const layout = await layOutMap([{ ...utm(400_000, 5_000_000), width: 10_980, height: 10_980 }])
  expect(layout).toMatchObject({ width: 1000, height: 1000 })
})

test('what has no coordinates is shown side by side, and not more than can be seen', async () => {
  const layout = await layOutMap(Array.from({ length: 60 }, () => ({ ...utm(0, 0), georeference: null })))
  expect(layout.bounds).toBeNull()
  expect(layout.places.filter(Boolean)).toHaveLength(48)
  for (const place of layout.places) {
    if (!place) continue
    expect(place.left + place.width).toBeLessThanOrEqual(layout.width)
    expect(place.top + place.height).toBeLessThanOrEqual(layout.height)
  }
})

const VERMILION = [213, 62, 0]

async function pictureOf(size: number, withLook: boolean) {
  const { raster, look } = evidenceEvent(size)
  const picture = new MapPicture(await layOutMap([raster]))
  for (let top = 0; top < size; top += 20) {
    const count = Math.min(20, size - top)
    picture.addRows(0, raster, top, count, await raster.rows(top, count))
  }
  if (withLook) picture.addLook(0, raster, look)
  const { data, width } = decode(picture.png())
  const at = (column: number, row: number) => [
    ...data.slice((row * width + column) * 3, (row * width + column) * 3 + 3),
  ]
  const { mask } = await raster.rows(0, size)
  return { picture, at, mask }
}

test('landslides are outlined where the mask has them, and nothing is drawn where nothing was analysed', async () => {
  const size = 64
  const { at, mask, picture } = await pictureOf(size, false)
  expect(picture.shows).toBe('relief')
  const is = (column: number, row: number) => mask[row * size + column] === 1
  let borders = 0
  for (let row = 1; row < size - 1; row++) {
    for (let column = 1; column < size - 1; column++) {
      const pixel = at(column, row)
      const inside = is(column - 1, row) && is(column + 1, row) && is(column, row - 1) && is(column, row + 1)
      if (is(column, row) && !inside) {
        borders++
        expect(pixel).toEqual(VERMILION)
      } else expect(pixel).not.toEqual(VERMILION)
      if (mask[row * size + column] === 255) expect(pixel).toEqual([255, 255, 255])
      else if (!is(column, row)) expect(pixel[0]).toBe(pixel[1])
    }
  }
  expect(borders).toBeGreaterThan(10)
})

test('on the image where there is one', async () => {
  const { at, picture } = await pictureOf(64, true)
  expect(picture.shows).toBe('image')
  const colours = new Set(Array.from({ length: 40 }, (_, i) => at(20 + i, 50).join()))
  expect(colours.size).toBeGreaterThan(20)
})

test('one landslide pixel of a large raster is not lost', async () => {
  const raster = { ...utm(400_000, 5_000_000), width: 6000, height: 6000 }
  const picture = new MapPicture(await layOutMap([raster]))
  const mask = new Uint8Array(6000 * 10)
  mask[5 * 6000 + 3001] = 1
  picture.addRows(0, raster, 3000, 10, {
    mask,
    probability: null,
    disagreement: null,
    elevation: null,
    slope: null,
  })
  const { data } = decode(picture.png())
  let found = 0
  for (let i = 0; i < data.length; i += 3)
    if (data[i] === 213 && data[i + 1] === 62 && data[i + 2] === 0) found++
  expect(found).toBe(1)
})
