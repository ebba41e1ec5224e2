import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRaster } from '../core/raster/openRaster'
import type { PixelWindow } from '../core/raster/rasterSource'
import { INSTRUMENT_BANDS } from '../core/scenes/bandNames'
import { sampleScene } from '../core/scenes/sampleScene'
import { sceneCaches } from '../core/scenes/sceneSources'
import { sceneTiff } from '../core/scenes/testing/sceneTiff'
import { recordingIo } from './commandIo.testing'
import { MemberSpool } from './node/memberSpool'
import { sceneGround } from './predictVectors'
import { eventInputs, findSceneInputs } from './sceneInputs'

const [WIDTH, HEIGHT] = [700, 1400]

/** Rows of a strip of each file: what one decoding gives at least. */
const STRIP = 32

/** Of `predictScene`. */
const [WINDOW, STRIDE] = [256, 192]

const CHOICES = {
  terrain: { elevation: [], slope: null },
  area: null,
  quantification: null,
  offset: null,
  resampling: 'nearest' as const,
  valueScale: 'auto' as const,
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-decodes-'))
  const size = { width: WIDTH, height: HEIGHT, deflatedRows: STRIP }
  const files = [
    // All bands in one file, pixel by pixel.
    sceneTiff('scene.tif', {
      ...size,
      bands: 13,
      names: INSTRUMENT_BANDS,
      value: (band, pixel) => (band === 10 ? 10 : 400 + 100 * band) + (pixel % 97),
    }),
    sceneTiff('dem.tif', { ...size, bits: 32, format: 3, value: (_, pixel) => 800 + (pixel % WIDTH) }),
  ]
  for (const file of files) await writeFile(join(folder, file.path), await file.slice(0, file.size))
}, 240_000)
afterAll(() => rm(folder, { recursive: true }))

test('samples, windows and polygons of a scene decode no strip of its files more than twice', async () => {
  const { io } = recordingIo()
  /** How often each strip of a file was decoded. */
  const decoded = new Map<string, Uint8Array>()
  let isLooking = true
  io.openRaster = async (file, options) => {
    const raster = await openRaster(file, options)
    const read: typeof raster.read = request => {
      const { row = 0, height = HEIGHT } = request?.window ?? {}
      const strips = decoded.get(file.path) ?? new Uint8Array(Math.ceil(HEIGHT / STRIP))
      decoded.set(file.path, strips)
      for (let at = Math.floor(row / STRIP); at * STRIP < row + height; at++) if (!isLooking) strips[at]!++
      return raster.read(request)
    }
    return { ...raster, read }
  }
  const members = new MemberSpool()
  const inputs = await findSceneInputs([folder], CHOICES, io, members)
  isLooking = false
  // Of all bands two rows of blocks (of 352 rows), which is half of them; the terrain fits.
  const caches = sceneCaches(2 * 13 * WIDTH * 352 * 2, 32 * 2 ** 20)
  const means = new Array(14).fill(1)
  const { scenes } = await eventInputs(inputs, [folder], CHOICES, means, io, caches)
  expect(scenes).toHaveLength(1)
  const scene = scenes[0]!
  const pixels = await scene.open()
  const samples = await sampleScene(pixels, scene)
  expect(samples).toHaveLength(12)
  for (const row of starts(HEIGHT)) {
    for (const column of starts(WIDTH)) await pixels.read({ column, row, width: WINDOW, height: WINDOW })
  }
  const ground = await sceneGround({ ...scene, pixels, samples })
  for (let row = 0; row < HEIGHT; row += 256) {
    const window: PixelWindow = { column: 0, row, width: WIDTH, height: Math.min(256, HEIGHT - row) }
    await ground.read(window)
  }
  expect([...decoded.keys()].map(path => path.split('/').at(-1)).sort()).toEqual(['dem.tif', 'scene.tif'])
  for (const [path, strips] of decoded) {
    expect(Math.min(...strips), path).toBeGreaterThan(0)
    expect(Math.max(...strips), path).toBeLessThanOrEqual(path.endsWith('dem.tif') ? 1 : 2)
  }
  await members.remove()
}, 240_000)

function starts(length: number): number[] {
  return Array.from({ length: Math.ceil((length - WINDOW) / STRIDE) + 1 }, (_, i) =>
    Math.min(i * STRIDE, length - WINDOW),
  )
}
