import { fromArrayBuffer } from 'geotiff'
import { describe, expect, test } from 'vitest'
import { gdalInfo, gdalPixels, hasTool, temporaryFile } from './gdal.testing'
import { writeProbabilityGeotiff } from './writeProbabilityGeotiff'

const WIDTH = 37
const HEIGHT = 21
const probability = Float32Array.from({ length: WIDTH * HEIGHT }, (_, index) => index / (WIDTH * HEIGHT))
const valid = new Uint8Array(WIDTH * HEIGHT).fill(1, 5)
const request = {
  probability,
  valid,
  width: WIDTH,
  height: HEIGHT,
  georeference: null,
  metadata: {},
  name: 'p',
}

test('float32 samples come back exactly, NaN where there is no data', async () => {
  const bytes = await writeProbabilityGeotiff(request)
  const image = await (await fromArrayBuffer(bytes.buffer)).getImage()
  const samples = (await image.readRasters({ interleave: true })) as Float32Array
  expect(Array.from(samples.subarray(0, 5))).toEqual(new Array(5).fill(Number.NaN))
  expect(samples.subarray(5)).toEqual(probability.subarray(5))
  expect(image.getGDALNoData()).toBeNaN()
  expect(probability[0]).toBe(0)
})

describe.runIf(hasTool('gdalinfo', '--version'))('read by GDAL', () => {
  test('Float32, no data NaN, every value', async () => {
    const path = temporaryFile('p.tif', await writeProbabilityGeotiff(request))
    expect(gdalInfo(path).bands[0]).toMatchObject({ type: 'Float32', noDataValue: 'NaN' })
    const values = new Float32Array(gdalPixels(path).slice().buffer)
    expect(values.subarray(5)).toEqual(probability.subarray(5))
    expect(values[0]).toBeNaN()
  })
})
