import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gdalPixels, hasTool } from '../core/export/gdal.testing'
import { recordingIo, runCommand } from './commandIo.testing'
import { predictCommand } from './commands/predict'

const scenes = join(process.env.SCARP_SHARED ?? '../shared', 'data/scenes')
const present = existsSync(scenes) && hasTool('gdal_translate', '--version')
if (!present) console.warn(`Without ${scenes} and GDAL no mosaic of real scenes is tested.`)

/** Of the real scene and of its two parts, which share 40 columns. */
const [WIDTH, HEIGHT, PART, EAST] = [100, 101, 70, 30]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-event-'))
})
afterAll(() => rm(folder, { recursive: true }))

test.skipIf(!present)(
  'two parts of a scene give the mask of the whole where they agree with it',
  async () => {
    const whole = join(scenes, 's2_l1c_slovenia_13band_2.tif')
    const cut = (name: string, column: number) => {
      const part = join(folder, name)
      const window = ['-srcwin', String(column), '0', String(PART), String(HEIGHT)]
      execFileSync('gdal_translate', ['-q', ...window, whole, part])
      return part
    }
    const parts = [cut('west.tif', 0), cut('east.tif', EAST)]
    const predict = async (out: string, sources: string[], ...more: string[]) => {
      const { io } = recordingIo()
      const argv = [
        ...sources,
        '--models',
        'models/starter-segformer',
        '--backend',
        'wasm',
        '--stats',
        'model',
        ...more,
      ]
      const places = ['--out', join(folder, out), '--dem', join(scenes, 'dem_slovenia.tif')]
      expect(await runCommand(predictCommand, [...argv, ...places], io)).toBe(0)
    }
    await predict('whole', [whole])
    await predict('event', parts, '--mosaic')
    const mask = (path: string) => gdalPixels(join(folder, path))
    const expected = mask('whole/s2_l1c_slovenia_13band_2_mask.tif')
    const [east, west, mosaic] = ['east', 'west', 'event'].map(name => mask(`event/${name}_mask.tif`))
    expect(mosaic).toHaveLength(WIDTH * HEIGHT)
    let agreeing = 0
    for (const [i, value] of mosaic!.entries()) {
      const [column, row] = [i % WIDTH, Math.floor(i / WIDTH)]
      const fromWest = column < PART ? west![row * PART + column] : null
      const fromEast = column >= EAST ? east![row * PART + column - EAST] : null
      const given = [fromWest, fromEast].filter(one => one !== null)
      expect(given).toContain(value)
      if (!given.every(one => one === expected[i])) continue
      agreeing++
      if (value !== expected[i]) throw new Error(`${value} at ${column}, ${row}, not ${expected[i]}`)
    }
    expect(agreeing).toBeGreaterThan(0.9 * WIDTH * HEIGHT)
    const report = JSON.parse(await readFile(join(folder, 'event/report.json'), 'utf8'))
    expect(report.mosaics).toEqual([
      {
        ...{ name: 'event', width: WIDTH, height: HEIGHT, scenes: expect.arrayContaining(['east', 'west']) },
        ...{ mask: 'event_mask.tif', probability: 'event_prob.tif', disagreement: 'event_disagreement.tif' },
      },
    ])
  },
  240_000,
)
