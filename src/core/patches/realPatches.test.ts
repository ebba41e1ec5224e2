import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesInput } from '../raster/inputFile'
import { openRaster } from '../raster/openRaster'
import { BANDS } from './bands'
import { importPatches } from './importPatches'
import type { Patch } from './patch'

const shared = process.env.SCARP_SHARED ?? '../shared'
const l4s = join(shared, 'data/l4s')
const scenes = join(shared, 'data/scenes')
const present = existsSync(l4s) && existsSync(scenes)
if (!present) console.warn(`Landslide4Sense files are not at ${l4s}: tests on them are left out.`)

const input = (path: string) => bytesInput(path, new Uint8Array(readFileSync(path)))
const importAll = async (paths: string[]) => {
  const patches: Patch[] = []
  const result = await importPatches(paths.map(input), {
    domain: 'auto',
    open: openRaster,
    onPatch: async patch => void patches.push(patch),
  })
  return { patches, ...result }
}

describe.runIf(present)('real patches', () => {
  const images = ['train/img', 'target/img'].flatMap(folder =>
    (present ? readdirSync(join(l4s, folder)) : []).map(name => join(l4s, folder, name)),
  )

  it('are whole numbers times the fixed divisors, every one', async () => {
    expect(images.length).toBeGreaterThanOrEqual(24)
    let worst = 0
    for (const path of images) {
      const planes = await (await openRaster(input(path))).read()
      for (const [band, plane] of planes.entries()) {
        for (const stored of plane) {
          const raw = stored * BANDS[band]!.l4sDivisor
          worst = Math.max(worst, Math.abs(raw - Math.round(raw)) / Math.max(1, Math.abs(raw)))
        }
      }
    }
    expect(worst).toBeLessThan(1e-9)
  })

  it('equal the strip that GDAL wrote of patches 1, 2 and 3, masks included', async () => {
    const { patches, refused } = await importAll([
      ...[1, 2, 3].flatMap(id => [
        join(l4s, `train/img/image_${id}.h5`),
        join(l4s, `train/mask/mask_${id}.h5`),
      ]),
      join(scenes, 'l4s_strip_1_2_3_14band_raw.tif'),
      join(scenes, 'l4s_strip_1_2_3_mask.tif'),
    ])
    expect(refused).toEqual([])
    const strip = patches.at(-1)!
    expect([strip.width, strip.height, strip.scale]).toEqual([384, 128, 'raw'])
    for (const [index, patch] of patches.slice(0, 3).entries()) {
      expect(patch.scale).toBe('l4s')
      let different = 0
      for (let plane = 0; plane < 14 * 128; plane++) {
        for (let x = 0; x < 128; x++) {
          if (patch.data[plane * 128 + x] !== strip.data[plane * 384 + 128 * index + x]) different++
        }
      }
      for (let y = 0; y < 128; y++) {
        for (let x = 0; x < 128; x++) {
          if (patch.label![y * 128 + x] !== strip.label![y * 384 + 128 * index + x]) different++
        }
      }
      expect(different).toBe(0)
    }
  })

  it('come with a CRS where the scene has one, and are refused with the bands that are missing', async () => {
    const { patches, refused } = await importAll([
      join(scenes, 's2_l1c_slovenia_14band_raw_2.tif'),
      join(scenes, 's2_l1c_slovenia_13band_2.tif'),
      join(scenes, 's2_aberystwyth_10band_mosaic.tif'),
    ])
    expect(patches).toMatchObject([{ scale: 'raw', domain: 'target', georeference: { crs: 'EPSG:32633' } }])
    expect(refused.map(({ code }) => code)).toEqual(['bands-mismatch', 'bands-mismatch'])
    expect(refused[1]!.message).toContain('B1, B9, B10, slope and DEM are missing')
  })
})
