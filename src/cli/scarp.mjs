#!/usr/bin/env node
// Starts the command line: bundles src/cli/main.ts when it is older than the source, then runs it in a process
// whose environment lets Dawn find a Vulkan driver (the loader reads that environment only at process start).
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleCommandLine } from '../../scripts/bundle-cli.mjs'
import { vulkanEnvironment } from '../../scripts/vulkan.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
// An image holds the bundle without the source (deploy/Dockerfile).
const isRelease = !existsSync(join(root, 'src/cli/main.ts'))
if (!isRelease && !existsSync(join(root, 'node_modules/vite'))) {
  console.error('Scarp is not set up yet: run "npm run setup" in its folder first.')
  process.exit(2)
}
const entry = isRelease ? join(root, 'dist/cli/main.js') : await bundleCommandLine(root)
const { env, driver } = vulkanEnvironment()
const child = spawn(process.execPath, ['--no-warnings', entry, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, ...env, SCARP_ROOT: root, SCARP_VULKAN_DRIVER: driver },
})
// The terminal sends Ctrl-C to both processes: the child decides when it is done.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
// As shells say it, so that a scheduler can tell a killed process from a failed one.
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
