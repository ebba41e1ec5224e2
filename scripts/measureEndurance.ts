// The program behind scripts/measure-endurance.mjs.
import { parseArgs } from 'node:util'
import { randomStream } from '../src/core/foundation/random'
import { FAMILIES } from '../src/core/rounds/networks'
import { defaultTrainingConfig } from '../src/core/rounds/roundConfig'
import { provideWebGpu } from '../src/engine/gpu/node/dawn'
import { startEngine } from '../src/engine/gpu/startEngine'
import { engineMemory } from '../src/engine/gpu/webgpuBackend'
import { createNetwork } from '../src/engine/models/createNetwork'
import type { TrainingSample } from '../src/engine/training/trainingSample'
import { trainNetwork } from '../src/engine/training/trainNetwork'

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '2000' },
    family: { type: 'string', default: 'segformer' },
    crop: { type: 'string', default: '32' },
  },
})
const family = FAMILIES.find(name => name === values.family)
if (!family) throw new RangeError(`--family takes one of ${FAMILIES.join(', ')}.`)
const steps = Number(values.steps)
const side = Number(values.crop)

await provideWebGpu()
const { adapter } = await startEngine({ prefer: 'webgpu', purpose: 'training' })
const network = createNetwork(family, 'tiny', { seed: 1 })
console.log(`${family} tiny, ${side} x ${side}, ${steps} steps on ${adapter}`)
console.log('   step  CPU ms a step  tensors  buffers in use  MB in use  MB allocated  MB of the process')
const every = Math.max(1, Math.floor(steps / 10))
let since = process.cpuUsage()
await trainNetwork(
  network,
  {
    source: { ids: ['a', 'b', 'c'], load: async id => sample(id) },
    target: { ids: ['d', 'e'], load: async id => sample(id) },
    sourceOnlySteps: 0,
    evaluate: null,
  },
  { ...defaultTrainingConfig, steps, cropSize: side, microBatch: 1, accumulate: 1, seed: 1 },
  {
    onEvent(event) {
      // The first step compiles.
      if (event.kind !== 'loss' || (event.step % every !== 0 && event.step !== 1)) return
      const { user, system } = process.cpuUsage(since)
      const taken = (user + system) / 1000 / (event.step === every ? every - 1 : every)
      const { tensors, gpuBuffers, gpuBytes, gpuAllocatedBytes } = engineMemory()
      const megabytes = [gpuBytes, gpuAllocatedBytes, process.memoryUsage().rss].map(bytes => bytes / 1e6)
      const row = [event.step, event.step === 1 ? '' : taken.toFixed(1), tensors, gpuBuffers]
      const cells = [...row, ...megabytes.map(value => value.toFixed(2))]
      const widths = [7, 15, 9, 16, 11, 14, 19]
      console.log(cells.map((cell, i) => String(cell).padStart(widths[i]!)).join(''))
      since = process.cpuUsage()
    },
  },
)
network.dispose()
process.exit(0)

function sample(id: string): TrainingSample {
  const random = randomStream(1, 'endurance', id)
  const pixels = Float32Array.from({ length: side * side * 14 }, () => random.normal())
  const label = Uint8Array.from({ length: side * side }, () => Number(random.chance(0.2)))
  return { width: side, height: side, pixels, label }
}
