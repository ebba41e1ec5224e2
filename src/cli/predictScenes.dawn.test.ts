import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomStream } from '../core/foundation/random'
import { INSTRUMENT_BANDS } from '../core/scenes/bandNames'
import { sceneTiff } from '../core/scenes/testing/sceneTiff'
import { recordingIo, runCommand } from './commandIo.testing'
import { predictCommand } from './commands/predict'

/** Two windows across and three down. */
const [WIDTH, HEIGHT] = [257, 450]

/** The fastest of those that ship. */
const MODEL = 'models/starter-segformer'

const FILES = ['scene_disagreement.tif', 'scene_mask.tif', 'scene_prob.tif']

const WRITTEN = [
  ...['.scarp-run', 'report.json', 'scene_landslides.gpkg'],
  ...FILES.flatMap(name => [name.replace('.tif', '.qml'), name]),
].sort()

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-scenes-'))
  const random = randomStream(5, 'scene')
  const noise = Float32Array.from({ length: 13 * WIDTH * HEIGHT }, () => random.uniform())
  const value = (band: number, pixel: number) =>
    band === 10
      ? 10 + Math.round(8 * noise[pixel]!)
      : 400 + 100 * band + Math.round(300 * noise[band * WIDTH * HEIGHT + pixel]!)
  const scene = sceneTiff('scene.tif', {
    width: WIDTH,
    height: HEIGHT,
    bands: 13,
    value,
    names: INSTRUMENT_BANDS,
  })
  const dem = sceneTiff('dem.tif', {
    width: WIDTH,
    height: HEIGHT,
    bits: 32,
    format: 3,
    value: (_, pixel) => 800 + (pixel % WIDTH) * 4 + 30 * Math.sin(Math.floor(pixel / WIDTH) / 9),
  })
  for (const file of [scene, dem]) await writeFile(join(folder, file.path), await file.slice(0, file.size))
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

const argv = (out: string, ...more: string[]) => [
  ...[join(folder, 'scene.tif'), '--models', MODEL, '--backend', 'wasm', '--vectors', ...more],
  ...['--out', join(folder, out), '--dem', join(folder, 'dem.tif')],
]

const resultsOf = (out: string) => Promise.all(FILES.map(name => readFile(join(folder, out, name))))

test('a scene that was interrupted goes on where it stood, to the very same results', async () => {
  const whole = recordingIo()
  expect(await runCommand(predictCommand, argv('whole'), whole.io)).toBe(0)
  const report = JSON.parse(await readFile(join(folder, 'whole/report.json'), 'utf8'))
  expect(report.outputs).toEqual([
    expect.objectContaining({
      path: 'scene',
      name: 'scene',
      width: WIDTH,
      height: HEIGHT,
      validPixels: WIDTH * HEIGHT,
    }),
  ])
  expect((await readdir(join(folder, 'whole'))).sort()).toEqual(WRITTEN)

  const controller = new AbortController()
  const cut = recordingIo(controller.signal)
  const heard: string[] = []
  cut.io.progress.update = ({ label }) => {
    heard.push(label)
    if (label.includes('window 4 of 6')) controller.abort()
  }
  await expect(runCommand(predictCommand, argv('cut'), cut.io)).rejects.toMatchObject({ code: 'aborted' })
  // No window is computed after a cancel.
  expect(heard.at(-1)).toContain('window 4 of 6')
  const partial = await readdir(join(folder, 'cut/.scarp-scenes/scene'))
  expect(partial.sort()).toEqual([
    ...['disagreement', 'mask', 'probability', 'state.json', 'windows-0', 'windows-192'],
  ])
  // A kill in the middle of a write leaves half of a window.
  const newest = join(folder, 'cut/.scarp-scenes/scene/windows-192')
  await truncate(newest, (await stat(newest)).size - 1000)

  const again = recordingIo()
  const labels = new Set<string>()
  again.io.progress.update = ({ label }) => labels.add(label)
  expect(await runCommand(predictCommand, argv('cut'), again.io)).toBe(0)
  // Four were predicted before, and one of these was cut off: it alone is predicted twice.
  expect(again.notes).toContain('scene: went on at row 192 of 450, 3 windows of the next rows were there.')
  expect((await resultsOf('cut')).map(bytes => bytes.toString('base64'))).toEqual(
    (await resultsOf('whole')).map(bytes => bytes.toString('base64')),
  )
  expect((await readdir(join(folder, 'cut'))).sort()).toEqual(WRITTEN)
}, 240_000)

test('rows that another model made under the same name are not taken over', async () => {
  const models = join(folder, 'models')
  await cp('models/starter-segformer', join(models, 'mine'), { recursive: true })
  const words = (out: string) => argv(out).map(word => (word === MODEL ? models : word))
  const cut = async () => {
    const controller = new AbortController()
    const { io } = recordingIo(controller.signal)
    io.progress.update = ({ label }) => label.includes('window 4 of 6') && controller.abort()
    await expect(runCommand(predictCommand, words('other'), io)).rejects.toMatchObject({ code: 'aborted' })
  }
  await cut()
  await rm(models, { recursive: true })
  await cp('models/starter-swin-unet', join(models, 'mine'), { recursive: true })
  const again = recordingIo()
  expect(await runCommand(predictCommand, words('other'), again.io)).toBe(0)
  expect(again.notes.join('\n')).not.toContain('went on at row')
}, 240_000)
