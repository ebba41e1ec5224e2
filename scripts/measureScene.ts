import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { shippedMeans } from '../src/cli/modelStatistics'
import type { CommandIo } from '../src/cli/node/commandIo'
import { decodingThread } from '../src/cli/node/decodingThread'
import { MemberSpool } from '../src/cli/node/memberSpool'
import { readModelFolders } from '../src/cli/node/modelFolders'
import { startCliEngine } from '../src/cli/node/startCliEngine'
import { streamCogFile } from '../src/cli/node/streamCogFile'
import { findSceneInputs, recipeOf } from '../src/cli/sceneInputs'
import { probabilityBytes, sceneProbability } from '../src/core/export/resultGeotiffs'
import { BANDS } from '../src/core/patches/bands'
import { setStatistics } from '../src/core/patches/setStatistics'
import {
  type BandStatistics,
  mergeStatistics,
  standardDeviation,
  statisticsOf,
} from '../src/core/patches/statistics'
import type { RasterSource } from '../src/core/raster/rasterSource'
import { sampleScene, sampleWindows } from '../src/core/scenes/sampleScene'
import { openByPath, openSceneStack, openSceneTerrain, sceneCaches } from '../src/core/scenes/sceneSources'
import type { SceneStack } from '../src/core/scenes/stack'
import { loadModelFolder, predictScene } from '../src/engine'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    dem: { type: 'string' },
    models: { type: 'string' },
    rows: { type: 'string', default: '448' },
    whole: { type: 'boolean', default: false },
    finer: { type: 'string', default: '1' },
    quantification: { type: 'string' },
    offset: { type: 'string' },
  },
})

const seconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** CPU seconds by stage; stages follow one another, and an inner one is taken off the outer. */
const spent = new Map<string, number>()
let inner = 0
async function timed<Result>(stage: string, work: () => Promise<Result>): Promise<Result> {
  const [begin, before] = [seconds(), inner]
  inner = 0
  try {
    return await work()
  } finally {
    const all = seconds() - begin
    spent.set(stage, (spent.get(stage) ?? 0) + all - inner)
    inner = before + all
  }
}

const thread = decodingThread(join(import.meta.dirname, 'decoding.js'))
const io: CommandIo = {
  out: console.log,
  note: console.error,
  progress: { update() {}, clear() {} },
  signal: new AbortController().signal,
  now: () => performance.now(),
  async openRaster(file, options) {
    const raster = await thread.open(file, options)
    return { ...raster, read: request => timed('decoding', () => raster.read(request)) } as RasterSource
  },
  root: process.env.SCARP_ROOT ?? process.cwd(),
}

const members = new MemberSpool()
const number = (text: string | undefined) => (text === undefined ? null : Number(text))
const choices = {
  terrain: { elevation: values.dem ? [values.dem] : [], slope: null },
  area: null,
  quantification: number(values.quantification),
  offset: number(values.offset),
  resampling: 'nearest' as const,
}
const inputs = await timed('looking', () => findSceneInputs(positionals, choices, io, members))
for (const { path, message } of inputs.refused) console.error(`Refused ${path}: ${message}`)
const recipe = recipeOf(inputs.scenes[0]!, inputs, choices, await shippedMeans(io.root))
const open = openByPath(inputs.files, io.openRaster)
const caches = sceneCaches()
const terrain = await openSceneTerrain(recipe, open, caches.terrain)
const { stack } = await openSceneStack(recipe, open, {
  caches,
  terrain: { ...terrain, read: (...request) => timed('elevation and slope', () => terrain.read(...request)) },
})
const { width, height } = stack
console.log(`${recipe.name}: ${width} x ${height}`)

if (values.whole) await compareSamples()
else await timeStages()
await members.remove()
process.exit(0)

async function compareSamples() {
  const finer = Number(values.finer)
  let samples: BandStatistics
  if (finer === 1)
    samples = setStatistics(await sampleScene(stack, { name: recipe.name, georeference: null }))
  else {
    samples = statisticsOf(await stack.read({ column: 0, row: 0, width: 1, height: 1 }))
    samples = { ...samples, count: 0 }
    for (const window of sampleWindows({ width: width * finer, height: height * finer })) {
      const part = {
        column: Math.floor(window.column / finer),
        row: Math.floor(window.row / finer),
        width: Math.ceil(window.width / finer),
        height: Math.ceil(window.height / finer),
      }
      samples = mergeStatistics(samples, statisticsOf(await stack.read(part)))
    }
  }
  let whole: BandStatistics | null = null
  for (let row = 0; row < height; row += 512) {
    for (let column = 0; column < width; column += 512) {
      const window = {
        column,
        row,
        width: Math.min(512, width - column),
        height: Math.min(512, height - row),
      }
      const part = statisticsOf(await stack.read(window))
      whole = whole ? mergeStatistics(whole, part) : part
    }
  }
  const [ofSamples, ofWhole] = [standardDeviation(samples), standardDeviation(whole!)]
  console.log(
    `${samples.count} pixels of ${whole!.count}: ${((100 * samples.count) / whole!.count).toFixed(1)} %`,
  )
  console.log('band   difference of means in deviations   ratio of deviations')
  for (const [band, { name }] of BANDS.entries()) {
    const shift = (samples.mean[band]! - whole!.mean[band]!) / ofWhole[band]!
    console.log(
      `${name.padEnd(6)} ${shift.toFixed(3).padStart(8)} ${(ofSamples[band]! / ofWhole[band]!).toFixed(3).padStart(30)}`,
    )
  }
}

async function timeStages() {
  const samples = await timed('statistics', () =>
    sampleScene(stack, { name: recipe.name, georeference: null }),
  )
  const own = setStatistics(samples)
  const forStatistics = new Map(spent)
  spent.clear()
  const part: SceneStack = {
    width,
    height: Math.min(height, Number(values.rows)),
    read: (window, signal) => timed('stacking', () => stack.read(window, signal)),
  }
  const megapixels = (part.width * part.height) / 1e6
  const rows: Uint8Array[] = []
  if (values.models) {
    await startCliEngine('auto', 'inference', io)
    const [model] = await readModelFolders(values.models)
    const { network, manifest } = await loadModelFolder(model!.files)
    const networks = [{ network, statistics: own, scale: manifest.scale }]
    await timed('network and blending', async () => {
      for await (const { members } of predictScene(part, networks, { domain: 'target' })) {
        rows.push(probabilityBytes(members[0]!))
      }
    })
    const bytes = Buffer.concat(rows)
    const folder = await mkdtemp(join(tmpdir(), 'scarp-measure-'))
    const image = sceneProbability(
      {
        width: part.width,
        height: part.height,
        georeference: null,
        metadata: {},
        name: 'measure',
        rows: async (top, count) => bytes.subarray(top * width, (top + count) * width),
      },
      'probability',
    )
    await timed('writing', () => streamCogFile(join(folder, 'out.tif'), image, { signal: io.signal }))
    await rm(folder, { recursive: true })
  } else {
    for (let row = 0; row < part.height; row += 256) {
      for (let column = 0; column < width; column += 256) {
        const [across, down] = [Math.min(256, width - column), Math.min(256, part.height - row)]
        await part.read({ column, row, width: across, height: down })
      }
    }
  }
  console.log(
    `CPU seconds before: ${[...forStatistics].map(([stage, time]) => `${stage} ${time.toFixed(1)}`).join(', ')}`,
  )
  for (const [stage, time] of spent) {
    console.log(`${stage.padEnd(24)} ${(time / megapixels).toFixed(2).padStart(8)} CPU seconds a megapixel`)
  }
  console.log(
    `${megapixels.toFixed(1)} megapixels, peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  )
}
