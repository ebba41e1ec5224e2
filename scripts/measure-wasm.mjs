// Measures one prediction on WASM by the CPU seconds of the process, threads counted in: what a machine without a usable GPU
// takes. Of several passes the least counts; the first, which packs the weights, is left out.
// Usage: node scripts/measure-wasm.mjs [--networks segformer-b0,segformer-b2,swin-tiny,efficientnetv2-s] [--size 512]
//          [--passes 3] [--threads 1] [--kernels]
//   --kernels  CPU milliseconds of a pass by kernel of TensorFlow.js, too
import { spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleForNode } from './bundle-cli.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const entry = await bundleForNode(root, 'measure-wasm', { main: 'scripts/measureWasm.ts' })
const env = { ...process.env, SCARP_ROOT: root }
spawn(process.execPath, ['--no-warnings', entry, ...process.argv.slice(2)], { stdio: 'inherit', env }).on(
  'exit',
  code => process.exit(code ?? 1),
)
