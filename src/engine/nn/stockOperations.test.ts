import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const SOURCE = resolve(import.meta.dirname, '../..')

/**
 * Operations of TensorFlow.js 4.22 that are wrong, absent or unsafe somewhere (docs/engine-traps.md says how), and the
 * only files that may call each. Files of `losses` call them where no gradient is taken.
 */
const RESTRICTED: Record<string, string[]> = {
  // The gradient is wrong from the second length on.
  cumsum: ['engine/nn/ops/sortAndScan.ts'],
  cumprod: [],
  // The half-pixel gradients are wrong.
  'image\\.\\w+': [],
  // Rows past 65,535 may be corrupted on WebGPU. Here the rows are the classes of a batch, or it is WASM.
  softmax: ['engine/models/hrnet/hrnetOcr.ts', 'engine/nn/ops/softmax.ts'],
  logSoftmax: [],
  // Throw for dilations, and for strides beside them.
  conv2d: ['engine/nn/ops/convolution.ts'],
  depthwiseConv2d: ['engine/nn/ops/convolution.ts'],
  // Ties, and numbers below -1e20.
  maxPool: ['engine/nn/ops/maxPool.ts'],
  avgPool: [],
  pool: [],
  // No gradient, or one that adds atomically.
  topk: ['engine/nn/ops/sortAndScan.ts'],
  // Windows of attention: on WASM alone, where nothing is trained.
  gather: [
    'engine/nn/ops/sortAndScan.ts',
    'engine/nn/ops/windowAttention.ts',
    'engine/training/losses/lovasz.ts',
  ],
  scatterND: [
    'engine/nn/ops/sortAndScan.ts',
    'engine/training/losses/crossEntropy.ts',
    'engine/training/losses/lovasz.ts',
  ],
  gatherND: [],
  einsum: [],
  stridedSlice: [],
  depthToSpace: [],
  where: [],
  unsortedSegmentSum: [],
  // Their gradients throw where shapes broadcast.
  maximum: ['engine/training/losses/crossEntropy.ts', 'engine/training/losses/lovasz.ts'],
  minimum: ['engine/nn/optimiser/adamW.ts', 'engine/training/losses/crossEntropy.ts'],
  // Its gradient throws without a scale.
  batchNorm: [],
  // WGSL may assume that there are no such numbers: finiteness is checked on the CPU.
  isNaN: [],
  isFinite: [],
  isInf: [],
  // Crash when nested, and keep every activation to the end: see valueAndGradients. The self-test asks for one operation's.
  grads: ['engine/selftest/computations.ts'],
  variableGrads: [],
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter(
    name => /\.tsx?$/.test(name) && !/\.(test|bench|testing)\.tsx?$/.test(name) && !/\/testing\//.test(name),
  )
  .map(name => ({
    name,
    text: readFileSync(join(SOURCE, name), 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/^\s*\/\/.*$/gm, ''),
  }))

const callersOf = (pattern: RegExp) => files.filter(({ text }) => pattern.test(text)).map(({ name }) => name)

test.each(Object.entries(RESTRICTED))('tf.%s is called only where it is safe', (operation, allowed) => {
  const callers = callersOf(new RegExp(`\\btf\\.${operation}\\b`))
  expect(callers.filter(caller => !allowed.includes(caller))).toEqual([])
  expect(allowed.filter(file => !callers.includes(file))).toEqual([])
})

test('nothing reads a tensor synchronously', () => {
  expect(callersOf(/\.(dataSync|arraySync|bufferSync)\(/)).toEqual([])
})

test('no network or operation puts the channels first', () => {
  const networks = files.filter(({ name }) => /^engine\/(nn|models|training|refinement)\//.test(name))
  expect(networks.length).toBeGreaterThan(40)
  expect(networks.filter(({ text }) => /\bNCHW\b/.test(text)).map(({ name }) => name)).toEqual([])
})

test('operations come in by the name of tf alone, so that none slips through', () => {
  const byName = /import\s+(?!type\b)\{[^}]*\}\s+from\s+'@tensorflow\/tfjs-core'/
  const withValues = files.filter(({ text }) => {
    const found = byName.exec(text)?.[0] ?? ''
    return found !== '' && !/^import\s+\{(\s*type\s+\w+\s*,?)+\s*\}/.test(found)
  })
  expect(withValues.map(({ name }) => name)).toEqual([])
})

test('the page of traps names only files that exist', () => {
  const page = readFileSync(resolve(SOURCE, '../docs/engine-traps.md'), 'utf8')
  const paths = [...page.matchAll(/`([\w/.]+\/[\w./]+)`/g)].map(([, path]) => path!)
  expect(paths.length).toBeGreaterThan(40)
  expect(
    paths.filter(path => !existsSync(join(SOURCE, 'engine', path)) && !existsSync(join(SOURCE, '..', path))),
  ).toEqual([])
})
