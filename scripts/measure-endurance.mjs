// Trains a network of the smallest size for many steps and prints, ten times on the way, what a step takes and what the engine
// holds then: neither may grow.
// Usage: node scripts/measure-endurance.mjs [--steps 2000] [--family segformer] [--crop 32]
import { spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleForNode } from './bundle-cli.mjs'
import { vulkanEnvironment } from './vulkan.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const entry = await bundleForNode(root, 'measure-endurance', { main: 'scripts/measureEndurance.ts' })
const env = { ...process.env, ...vulkanEnvironment().env }
spawn(process.execPath, ['--no-warnings', entry, ...process.argv.slice(2)], { stdio: 'inherit', env }).on(
  'exit',
  code => process.exit(code ?? 1),
)
