import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { bytesInput, type InputFile } from '../raster/inputFile'
import { openRaster } from '../raster/openRaster'
import { tinyHdf5 } from '../raster/testing/tinyHdf5'
import { tinyTiff } from '../raster/testing/tinyTiff'
import { BANDS } from './bands'
import { type ImportOptions, importPatches, pairFiles } from './importPatches'
import type { Patch } from './patch'

describe('import patches', () => {
  const width = 6
  const height = 4
  const area = width * height

  /** Raw units with plausible sizes: reflectance x 10000, cirrus of some 10, slope, elevation. */
  function raw(band: number, pixel: number): number {
    if (band === 9) return 10 + (pixel % 5)
    if (band === 12) return pixel % 50
    if (band === 13) return 800 + pixel
    return 900 + 40 * band + ((pixel * 53) % 400)
  }

  async function imageFile(
    path: string,
    value = (band: number, pixel: number) => raw(band, pixel) / BANDS[band]!.l4sDivisor,
  ) {
    const data = Float64Array.from({ length: area * 14 }, (_, i) => value(i % 14, Math.floor(i / 14)))
    return bytesInput(path, await tinyHdf5([{ name: 'img', data, shape: [height, width, 14] }]))
  }

  async function maskFile(path: string, values: number[] = new Array(area).fill(0), shape = [height, width]) {
    return bytesInput(path, await tinyHdf5([{ name: 'mask', data: Uint8Array.from(values), shape }]))
  }

  async function run(files: InputFile[], options: Partial<ImportOptions> = {}) {
    const patches: Patch[] = []
    const result = await importPatches(files, {
      domain: 'auto',
      open: openRaster,
      onPatch: async patch => void patches.push(patch),
      ...options,
    })
    return { patches, ...result }
  }

  describe('importPatches', () => {
    it('turns stored values back into the very integers, and pairs image with mask', async () => {
      const label = Array.from({ length: area }, (_, i) => (i % 3 === 0 ? 1 : 0))
      const { patches, added, refused } = await run([
        await maskFile('train/mask/mask_1.h5', label),
        await imageFile('train/img/image_1.h5'),
        await imageFile('target/img/image_1.h5'),
      ])
      expect([added, refused]).toEqual([2, []])
      const [source, target] = patches
      expect(source).toMatchObject({
        name: 'image_1',
        domain: 'source',
        width,
        height,
        scale: 'l4s',
        valid: null,
      })
      expect(Array.from(source!.label!)).toEqual(label)
      expect(target).toMatchObject({ domain: 'target', label: null })
      expect(source!.id).not.toBe(target!.id)
      for (let band = 0; band < 14; band++) {
        for (let pixel = 0; pixel < area; pixel++)
          expect(source!.data[band * area + pixel]).toBe(raw(band, pixel))
      }
    })

    it('reads from a zip what it reads from files', async () => {
      const image = await imageFile('img/image_2.h5')
      const mask = await maskFile('mask/mask_2.h5')
      const zip = zipSync({
        'x/img/image_2.h5': await image.slice(0, image.size),
        'x/mask/mask_2.h5': await mask.slice(0, mask.size),
        'x/inner.zip': zipSync({ 'a.h5': new Uint8Array(3) }),
      })
      const { patches, refused } = await run([bytesInput('set.zip', zip)])
      expect(patches.map(({ name, domain }) => [name, domain])).toEqual([['image_2', 'source']])
      expect(refused).toMatchObject([{ path: 'set.zip/x/inner.zip', code: 'file-unsupported' }])
    })

    it('takes masks of 0 and 255 as landslide, and says so', async () => {
      const values = Array.from({ length: area }, (_, i) => (i < 5 ? 255 : 0))
      const { patches, remarks } = await run([
        await imageFile('image_3.h5'),
        await maskFile('mask_3.h5', values),
      ])
      expect(patches[0]!.label!.reduce((sum, value) => sum + value, 0)).toBe(5)
      expect(remarks.find(({ path }) => path === 'mask_3.h5')?.message).toContain('255')
    })

    it('gives each bad file one reason and loads the others', async () => {
      const { patches, refused, remarks } = await run([
        await imageFile('image_1.h5'),
        await maskFile('mask_1.h5', new Array(6).fill(0), [2, 3]),
        await imageFile('image_2.h5'),
        await maskFile('mask_9.h5'),
        await imageFile('image_4.h5', (_, pixel) => (pixel === 0 ? 0 : 1e7)),
        bytesInput('image_5.h5', new Uint8Array(100)),
        bytesInput('README.md', new TextEncoder().encode('# notes')),
        bytesInput('scene.tif', tinyTiff({ width: 2, height: 2, bands: new Array(13).fill([1, 2, 3, 4]) })),
      ])
      expect(patches.map(({ name }) => name)).toEqual(['image_1', 'image_2'])
      expect(patches[0]!.label).toBeNull()
      expect(Object.fromEntries(refused.map(({ path, code }) => [path, code]))).toEqual({
        'mask_1.h5': 'shape-mismatch',
        'mask_9.h5': 'pair-missing',
        'image_4.h5': 'scale-unknown',
        'image_5.h5': 'file-unsupported',
        'scene.tif': 'bands-mismatch',
      })
      expect(refused.find(({ path }) => path === 'scene.tif')?.message).toContain('slope and DEM are missing')
      expect(
        remarks.some(({ path, message }) => path === 'image_1.h5' && message.includes('without a label')),
      ).toBe(true)
    })

    it.each([
      ['raw', 1],
      ['x1000', 10],
      ['reflectance', 10_000],
    ] as const)('detects %s and converts it to raw units', async (scale, factor) => {
      const value = (band: number, pixel: number) => raw(band, pixel) / (band < 12 ? factor : 1)
      const { patches, remarks } = await run([await imageFile('image_1.h5', value)])
      expect(patches[0]!.scale).toBe(scale)
      expect(patches[0]!.data[3 * area + 2]).toBeCloseTo(raw(3, 2), 3)
      expect(patches[0]!.data[13 * area + 2]).toBe(raw(13, 2))
      expect(remarks[0]!.message).toContain('median')
    })

    it('refuses an unclear scale with the choices, and takes the file once one is chosen', async () => {
      // A median near 390: too small for raw values, too large for reflectance x 1000.
      const unclear = await imageFile('image_1.h5', (band, pixel) => raw(band, pixel) * (band < 12 ? 0.3 : 1))
      const { patches, refused } = await run([unclear])
      expect([patches, refused.map(({ code }) => code)]).toEqual([[], ['scale-unknown']])
      expect(refused[0]!.message).toContain('reflectance x 1000')
      const chosen = await run([unclear], { scale: 'x1000' })
      expect(chosen.refused).toEqual([])
      expect(chosen.patches[0]!.scale).toBe('x1000')
      expect(chosen.remarks[0]!.message).toBe('Taken as reflectance x 1000, as chosen.')
    })

    it('takes the scale it is given, and marks values that are not finite', async () => {
      const value = (band: number, pixel: number) => (band === 5 && pixel === 7 ? Number.NaN : 1e6)
      const { patches, remarks } = await run([await imageFile('image_1.h5', value)], { scale: 'raw' })
      expect(patches[0]!.valid?.[7]).toBe(0)
      expect(patches[0]!.valid?.reduce((sum, flag) => sum + flag, 0)).toBe(area - 1)
      expect(patches[0]!.data[7]).toBe(0)
      expect(remarks.some(({ message }) => message.includes('1 of 24 pixels have no data'))).toBe(true)
    })

    it('reads a 14-band GeoTIFF with the world file and mask beside it', async () => {
      const bands = Array.from({ length: 14 }, (_, band) =>
        Array.from({ length: area }, (_, pixel) => raw(band, pixel)),
      )
      const world = '10\n0\n0\n-10\n5\n-5\n'
      const { patches } = await run([
        bytesInput('d/scene.tif', tinyTiff({ width, height, bands, bits: 16 })),
        bytesInput('d/scene.tfw', new TextEncoder().encode(world)),
        bytesInput('d/scene_mask.tif', tinyTiff({ width, height, bands: [new Array(area).fill(1)] })),
      ])
      expect(patches[0]).toMatchObject({ scale: 'raw', domain: 'source' })
      expect(patches[0]!.georeference?.transform).toEqual([0, 10, 0, 0, 0, -10])
      expect(patches[0]!.label?.every(value => value === 1)).toBe(true)
    })

    it('stops between files when cancelled', async () => {
      const controller = new AbortController()
      const files = [await imageFile('image_1.h5'), await imageFile('image_2.h5')]
      const work = run(files, {
        context: { signal: controller.signal },
        onPatch: async () => controller.abort(),
      })
      await expect(work).rejects.toMatchObject({ code: 'aborted' })
    })
  })
})

describe('pair files', () => {
  function pair(...paths: string[]) {
    const { pairs, orphans } = pairFiles(paths.map(path => ({ path })))
    return {
      pairs: Object.fromEntries(pairs.map(({ image, mask }) => [image.path, mask?.path ?? null])),
      orphans: orphans.map(({ path }) => path),
    }
  }

  describe('pairFiles', () => {
    it('pairs the layout of the competition', () => {
      expect(
        pair('train/img/image_1.h5', 'train/img/image_11.h5', 'train/mask/mask_11.h5', 'train/mask/mask_1.h5')
          .pairs,
      ).toEqual({
        'train/img/image_1.h5': 'train/mask/mask_1.h5',
        'train/img/image_11.h5': 'train/mask/mask_11.h5',
      })
    })

    it('pairs the layout of its mirror, split by split', () => {
      expect(
        pair(
          'images/train/image_1.h5',
          'images/validation/image_1.h5',
          'annotations/train/mask_1.h5',
          'annotations/test/mask_1.h5',
        ),
      ).toEqual({
        pairs: {
          'images/train/image_1.h5': 'annotations/train/mask_1.h5',
          'images/validation/image_1.h5': null,
        },
        orphans: ['annotations/test/mask_1.h5'],
      })
    })

    it('pairs flat files, same names in two folders, and suffixes', () => {
      expect(pair('image_7.h5', 'mask_7.h5').pairs).toEqual({ 'image_7.h5': 'mask_7.h5' })
      expect(pair('images/a.tif', 'labels/a.tif').pairs).toEqual({ 'images/a.tif': 'labels/a.tif' })
      expect(pair('s/a.tif', 's/a_mask.tif').pairs).toEqual({ 's/a.tif': 's/a_mask.tif' })
      expect(pair('strip_1_14band_raw.tif', 'strip_1_mask.tif').pairs).toEqual({
        'strip_1_14band_raw.tif': 'strip_1_mask.tif',
      })
    })

    it('never gives the mask of one folder to the image of another', () => {
      expect(pair('target/img/image_9.h5', 'train/mask/mask_9.h5')).toEqual({
        pairs: { 'target/img/image_9.h5': null },
        orphans: ['train/mask/mask_9.h5'],
      })
    })

    it('gives each mask to one image only', () => {
      const { pairs } = pair('a/image_1.h5', 'a/image_1.tif', 'a/mask_1.h5')
      expect(Object.values(pairs).filter(mask => mask !== null)).toEqual(['a/mask_1.h5'])
    })
  })
})
