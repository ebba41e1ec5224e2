// The program behind scripts/measure-wasm.mjs.
import { parseArgs } from 'node:util'
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { FAMILIES, PRESETS } from '../src/core/rounds/networks'
import { startEngine } from '../src/engine/gpu/startEngine'
import { createNetwork } from '../src/engine/models/createNetwork'
import { inferencePass } from '../src/engine/refinement/landslideProbability'

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: 'segformer-b0,segformer-b2,swin-tiny,efficientnetv2-s' },
    size: { type: 'string', default: '512' },
    passes: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1' },
    kernels: { type: 'boolean', default: false },
  },
})
const size = Number(values.size)
const passes = Number(values.passes)

setThreadsCount(Number(values.threads))
const wasmPath = `${process.env.SCARP_ROOT}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`
const { adapter } = await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
const byKernel = values.kernels ? timeKernels() : null
console.log(`${size} x ${size} x 14, ${adapter}, the least of ${passes} passes`)
console.log('network            CPU s  seconds by the clock')
for (const preset of values.networks.split(',')) {
  const family = FAMILIES.find(name => PRESETS[name].some(known => known === preset))
  if (!family) throw new RangeError(`No network has the size ${preset}; scarp models sizes lists them.`)
  const network = createNetwork(family, preset, { seed: 1 })
  const pixels = Float32Array.from({ length: size * size * network.bands }, (_, i) => Math.sin(i))
  const times: { cpu: number; clock: number }[] = []
  for (let pass = 0; pass <= passes; pass++) {
    byKernel?.clear()
    const [cpu, clock] = [process.cpuUsage(), performance.now()]
    const results = tf.tidy(() => {
      const x = tf.tensor4d(pixels, [1, size, size, network.bands])
      return inferencePass(network, x, { domain: 'source' })
    })
    await Promise.all(results.map(result => result.data()))
    tf.dispose(results)
    const { user, system } = process.cpuUsage(cpu)
    if (pass > 0) times.push({ cpu: (user + system) / 1e6, clock: (performance.now() - clock) / 1000 })
  }
  network.dispose()
  const least = (of: 'cpu' | 'clock') => Math.min(...times.map(time => time[of])).toFixed(2)
  console.log(`${preset.padEnd(18)} ${least('cpu').padStart(5)}  ${least('clock')}`)
  const spent = [...(byKernel ?? [])].sort((a, b) => b[1] - a[1]).slice(0, 12)
  for (const [kernel, ms] of spent) console.log(`  ${ms.toFixed(0).padStart(6)} ms  ${kernel}`)
}

/** CPU milliseconds by kernel since the map was cleared, those of kernels that a kernel calls left out. */
function timeKernels(): Map<string, number> {
  const spent = new Map<string, number>()
  const inner = [0]
  for (const config of tf.getKernelsForBackend('wasm')) {
    tf.unregisterKernel(config.kernelName, 'wasm')
    tf.registerKernel({
      ...config,
      kernelFunc(given) {
        const begin = process.cpuUsage()
        inner.push(0)
        const result = config.kernelFunc(given)
        const { user, system } = process.cpuUsage(begin)
        const whole = (user + system) / 1000
        const own = whole - inner.pop()!
        inner[inner.length - 1]! += whole
        spent.set(config.kernelName, (spent.get(config.kernelName) ?? 0) + own)
        return result
      },
    })
  }
  return spent
}
