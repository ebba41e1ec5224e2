import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readPatchPixels } from '../../core/patches/readPatch'
import { normalise, statisticsOf } from '../../core/patches/statistics'
import { bytesInput } from '../../core/raster/inputFile'
import { openRaster } from '../../core/raster/openRaster'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { loadModelFolder } from '../models/folder/modelFolder'
import type { SegmentationNetwork } from '../models/network'
import { averagedProbability } from './landslideProbability'
import { predictScene, type ScenePixels } from './predictScene'

const folder = resolve(process.env.SCARP_SHARED ?? '../shared', 'data/scenes')
const strip = join(folder, 'l4s_strip_1_2_3_14band_raw.tif')
const isPresent = existsSync(strip)
if (!isPresent) console.warn(`The labelled strips are not at ${folder}: the test of seams is left out.`)

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

async function starters(): Promise<SegmentationNetwork[]> {
  const networks: SegmentationNetwork[] = []
  for (const name of readdirSync('models').sort()) {
    const file = (part: string) => new Uint8Array(readFileSync(join('models', name, part)))
    const { network } = await loadModelFolder({
      'manifest.json': file('manifest.json'),
      'weights.safetensors': file('weights.safetensors'),
    })
    networks.push(network)
  }
  return networks
}

describe.runIf(isPresent)('seams of a real strip', () => {
  test('windows, and windows elsewhere, give nearly what one pass over all of it gives', async () => {
    const raster = await openRaster(bytesInput('strip.tif', new Uint8Array(readFileSync(strip))))
    const patch = await readPatchPixels(raster)
    const { width, height } = patch
    const statistics = statisticsOf(patch)
    const networks = await starters()
    const whole: Float32Array[] = []
    for (const network of networks) {
      const how = { domain: 'target' } as const
      const [map] = await averagedProbability(network, [normalise(patch, statistics)], width, height, how)
      whole.push(map!)
    }
    /** By windows of the strip from a column on. */
    const byWindows = async (begin: number) => {
      const scene: ScenePixels = {
        width: width - begin,
        height,
        read: async window => cut(patch.data, width, { ...window, column: window.column + begin }),
      }
      const members = networks.map(network => ({ network, statistics, scale: 1 }))
      const maps = members.map(() => new Float32Array(scene.width * height))
      for await (const { top, members: rows } of predictScene(scene, members, { domain: 'target' }))
        for (const [i, map] of rows.entries()) maps[i]!.set(map, top * scene.width)
      return maps
    }
    /** Of the ensemble's mean, over the last `columns` of both. */
    const compared = (
      a: Float32Array[],
      widthA: number,
      b: Float32Array[],
      widthB: number,
      columns: number,
    ) => {
      const mean = (maps: Float32Array[], at: number) =>
        maps.reduce((total, map) => total + map[at]!, 0) / maps.length
      let [largest, sum, flipped] = [0, 0, 0]
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < columns; column++) {
          const p = mean(a, (row + 1) * widthA - columns + column)
          const q = mean(b, (row + 1) * widthB - columns + column)
          largest = Math.max(largest, Math.abs(p - q))
          sum += Math.abs(p - q)
          if (p >= 0.5 !== q >= 0.5) flipped++
        }
      }
      return { largest, mean: sum / height / columns, flipped: flipped / height / columns }
    }
    const windows = await byWindows(0)
    const again = compared(windows, width, whole, width, width)
    console.log('Windows against one pass:', again)
    expect(again.largest).toBeLessThan(0.05)
    expect(again.mean).toBeLessThan(0.003)
    expect(again.flipped).toBeLessThan(0.002)
    // Half a stride elsewhere; the first 64 columns of the shorter strip lie at an edge that the whole one has not.
    const shifted = await byWindows(96)
    const elsewhere = compared(windows, width, shifted, width - 96, width - 96 - 64)
    console.log('Half a stride elsewhere:', elsewhere)
    expect(elsewhere.largest).toBeLessThan(0.1)
    expect(elsewhere.mean).toBeLessThan(0.003)
    expect(elsewhere.flipped).toBeLessThan(0.003)
  }, 600_000)
})

function cut(data: Float32Array, width: number, window: PixelWindow) {
  const area = window.width * window.height
  const bands = 14
  const whole = data.length / bands
  const out = new Float32Array(bands * area)
  for (let band = 0; band < bands; band++)
    for (let row = 0; row < window.height; row++) {
      const from = band * whole + (window.row + row) * width + window.column
      out.set(data.subarray(from, from + window.width), band * area + row * window.width)
    }
  return { width: window.width, height: window.height, data: out, valid: null }
}
