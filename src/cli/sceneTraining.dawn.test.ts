import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeMaskGeotiff } from '../core/export/resultGeotiffs'
import { randomStream } from '../core/foundation/random'
import { openRaster } from '../core/raster/openRaster'
import { INSTRUMENT_BANDS } from '../core/scenes/bandNames'
import { sceneTiff } from '../core/scenes/testing/sceneTiff'
import { recordingIo } from './commandIo.testing'
import { COMMANDS } from './commands'
import { nodeInput } from './node/nodeFiles'
import { runCommandLine } from './runCommandLine'

/** A scene of two cells across; the second network input of the target lies in an area of interest. */
const [WIDTH, HEIGHT] = [520, 64]

const FOOTPRINT = { crs: 'EPSG:32633', transform: [465180, 10, 0, 5080250, 0, -10], geoKeys: null } as const

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-scene-training-'))
  for (const [name, seed] of [
    ['source', 1],
    ['target', 2],
  ] as const) {
    const random = randomStream(seed, name)
    const noise = Float32Array.from({ length: WIDTH * HEIGHT }, () => random.uniform())
    const files = [
      sceneTiff(`${name}.tif`, {
        width: WIDTH,
        height: HEIGHT,
        bands: 13,
        names: INSTRUMENT_BANDS,
        value: (band, pixel) => (band === 10 ? 10 : 400 + 100 * band) + Math.round(8 * noise[pixel]!),
      }),
      sceneTiff('dem.tif', {
        width: WIDTH,
        height: HEIGHT,
        bits: 32,
        format: 3,
        value: (_, pixel) => 800 + (pixel % WIDTH) * 4 + 30 * noise[pixel]!,
      }),
    ]
    const mask = Uint8Array.from(noise, (value, pixel) => (pixel % WIDTH < 300 && value > 0.5 ? 1 : 0))
    await mkdir(join(folder, name))
    for (const file of files) {
      await writeFile(join(folder, name, file.path), await file.slice(0, file.size))
    }
    const place = { width: WIDTH, height: HEIGHT, georeference: { ...FOOTPRINT }, metadata: {}, name }
    await writeFile(join(folder, name, `${name}_mask.tif`), await writeMaskGeotiff({ mask, ...place }))
  }
})
afterAll(() => rm(folder, { recursive: true }))

async function scarp(...argv: string[]) {
  const { io, outLines, notes } = recordingIo()
  const code = await runCommandLine(argv, COMMANDS, io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

const TRAINING = [
  ...['--steps', '2', '--families', 'segformer', '--seed', '9', '--crop', '32', '--backend', 'webgpu'],
  ...['--micro-batch', '2', '--accumulate', '1', '--stop-below', '0'],
]

test('refine learns from a labelled scene, maps another, and writes one mosaic of it', async () => {
  const out = join(folder, 'refined')
  const refined = await scarp(
    ...['refine', '--source', join(folder, 'source'), '--target', join(folder, 'target'), '--rounds', '1'],
    ...['--out', out, ...TRAINING],
  )
  expect(refined.code, refined.notes).toBe(0)
  expect(refined.out).toContain('1 masks')
  expect(refined.out).toMatch(/target F1/)
  expect((await readdir(join(out, 'masks'))).sort()).toEqual([
    ...['disagreement', 'mask', 'prob'].flatMap(plane => [`target_${plane}.qml`, `target_${plane}.tif`]),
  ])
  expect(await readdir(join(out, 'round-1/pseudo-labels'))).toEqual(['target.tif'])
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))
  expect(report.rounds[0].sourcePatchIds).toHaveLength(1)
  expect(report.submission).toContain('scene')

  // What predict gives for the same files by the same statistics; the mask beside the scene is no input of it.
  const predicted = await scarp(
    ...['predict', join(folder, 'target'), '--models', join(out, 'round-1/models')],
    ...['--out', join(folder, 'predicted'), '--backend', 'webgpu', '--stats', 'model'],
  )
  expect(predicted.code, predicted.notes).toBe(0)
  const open = async (path: string) => openRaster(await nodeInput(path))
  for (const file of await readdir(join(out, 'masks'))) {
    if (file.endsWith('.qml')) continue
    const [ours, predicted] = [
      await open(join(out, 'masks', file)),
      await open(join(folder, 'predicted', file)),
    ]
    expect([ours.width, ours.height, ours.georeference]).toEqual([
      ...[predicted.width, predicted.height, predicted.georeference],
    ])
    expect(await ours.read()).toEqual(await predicted.read())
  }
}, 400_000)

test('train says of a scene without a mask what is missing', async () => {
  await rm(join(folder, 'source/source_mask.tif'))
  const trained = await scarp(
    ...['train', '--source', join(folder, 'source'), '--out', join(folder, 'none'), '--steps', '2'],
    ...['--families', 'segformer', '--backend', 'webgpu'],
  )
  expect(trained.code).toBe(1)
  expect(trained.notes).toContain('No mask is called "source_mask.tif"')
}, 100_000)
