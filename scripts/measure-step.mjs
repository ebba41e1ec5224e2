// Measures what the engine's own thread spends on a training step: the CPU time of a steady step of the five published networks
// on the device that computes nothing, by phase, and of the batch that the step takes. Of several steps the least counts.
// Usage: node scripts/measure-step.mjs [--networks segformer-b2,swin-tiny,...] [--size 512] [--batch 1] [--repeats 4]
import { spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleForNode } from './bundle-cli.mjs'
import { vulkanEnvironment } from './vulkan.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const entry = await bundleForNode(root, 'measure-step', { main: 'scripts/measureStep.ts' })
const env = { ...process.env, ...vulkanEnvironment().env }
spawn(process.execPath, ['--no-warnings', entry, ...process.argv.slice(2)], { stdio: 'inherit', env }).on(
  'exit',
  code => process.exit(code ?? 1),
)
