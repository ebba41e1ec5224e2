// Runs a command with the environment in which Dawn finds a Vulkan driver: node scripts/with-gpu.mjs <command...>
import { spawnSync } from 'node:child_process'
import { vulkanEnvironment } from './vulkan.mjs'

const [command, ...rest] = process.argv.slice(2)
if (!command) {
  console.error('usage: node scripts/with-gpu.mjs <command> [arguments...]')
  process.exit(2)
}
const { env } = vulkanEnvironment()
const done = spawnSync(command, rest, { stdio: 'inherit', env: { ...process.env, ...env }, shell: false })
process.exit(done.status ?? 1)
