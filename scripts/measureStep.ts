// The program behind scripts/measure-step.mjs.
import { parseArgs } from 'node:util'
import { randomStream } from '../src/core/foundation/random'
import { FAMILIES, PRESETS } from '../src/core/rounds/networks'
import { defaultTrainingConfig } from '../src/core/rounds/roundConfig'
import { provideWebGpu } from '../src/engine/gpu/node/dawn'
import { rehearse } from '../src/engine/gpu/rehearsal'
import { startEngine } from '../src/engine/gpu/startEngine'
import { createBatchSource } from '../src/engine/training/trainingBatch'
import { takeSteps } from '../src/engine/training/trainingMemory'

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: 'segformer-b2,swin-tiny,efficientnetv2-s,resnet50,hrnet-w18' },
    size: { type: 'string', default: '512' },
    batch: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '4' },
  },
})
const [size, batch, repeats] = [values.size, values.batch, values.repeats].map(Number) as [
  number,
  number,
  number,
]
const PHASES = ['forward', 'loss', 'backward', 'optimiser'] as const

await provideWebGpu()
// Its device is not used: a rehearsal needs a backend that it can take the place of.
await startEngine({ prefer: 'webgpu', purpose: 'training' })
console.log(`A steady step of ${batch} x ${size} x ${size} x 14, the least of ${repeats}`)
console.log('network            CPU ms  forward  loss  backward  optimiser  dispatches  us a dispatch')
for (const preset of values.networks.split(',')) {
  const family = FAMILIES.find(name => PRESETS[name].some(known => known === preset))
  if (!family) throw new RangeError(`No network has the size ${preset}; scarp models sizes lists them.`)
  let least: Map<string, number> | null = null
  let dispatches = 0
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { spent, counted } = stepOf(family, preset)
    if (!least || total(spent) < total(least)) least = spent
    dispatches = counted
  }
  const cells = [total(least!), ...PHASES.map(phase => least!.get(phase) ?? 0)]
  const [whole, ...phases] = cells.map(ms => ms.toFixed(1))
  const each = ((1000 * total(least!)) / dispatches).toFixed(0)
  const widths = [8, 6, 10, 11]
  const row = phases.map((cell, i) => cell.padStart(widths[i]!)).join('')
  console.log(
    `${preset.padEnd(18)} ${whole!.padStart(6)} ${row}${String(dispatches).padStart(12)}${each.padStart(15)}`,
  )
}
for (const rotated of [0, 1]) {
  const ms = await batchOf(rotated)
  console.log(
    `a batch, augmented, ${rotated ? 'every crop turned' : 'no crop turned'}: ${ms.toFixed(1)} CPU ms`,
  )
}
process.exit(0)

function total(spent: ReadonlyMap<string, number>): number {
  return [...spent.values()].reduce((sum, ms) => sum + ms, 0)
}

/** CPU milliseconds of the second of two steps, by phase. */
function stepOf(family: (typeof FAMILIES)[number], preset: string) {
  const spent = new Map<string, number>()
  let counted = 0
  rehearse(meter => {
    let phase = ''
    let begin = process.cpuUsage()
    const close = (next: string) => {
      const { user, system } = process.cpuUsage(begin)
      if (phase) spent.set(phase, (spent.get(phase) ?? 0) + (user + system) / 1000)
      phase = next
      begin = process.cpuUsage()
    }
    const [named, restarted, stopped] = [meter.phase, meter.restart, meter.stop].map(own => own.bind(meter))
    Object.assign(meter, {
      phase(name: string) {
        close(name)
        named!(name)
      },
      restart() {
        phase = ''
        spent.clear()
        restarted!('')
      },
      stop() {
        close('')
        counted = meter.counts().dispatches
        stopped!('')
      },
    })
    takeSteps({ family, preset, side: size, scale: 1, microBatch: batch }, meter, {
      passes: 1,
      scored: false,
    })
  }, 'hardware')
  return { spent, counted }
}

/** CPU milliseconds of a batch: drawn, cut, turned, coloured, with soft targets. Loading is not in it. */
async function batchOf(rotated: number): Promise<number> {
  const random = randomStream(1, 'measure-step')
  const pixels = Float32Array.from({ length: size * size * 14 }, () => random.normal())
  const label = Uint8Array.from({ length: size * size }, () => Number(random.chance(0.2)))
  const soft = Float32Array.from(label, value => 0.1 + 0.8 * value)
  const sample = { width: size, height: size, pixels, label, soft }
  const config = { ...defaultTrainingConfig, cropSize: size, microBatch: batch, rotationShare: rotated }
  const source = createBatchSource({ ids: ['a'], load: async () => sample }, 'source', config)
  let least = Number.POSITIVE_INFINITY
  for (let repeat = 0; repeat < 2 * repeats; repeat++) {
    const begin = process.cpuUsage()
    await source.next()
    const { user, system } = process.cpuUsage(begin)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
