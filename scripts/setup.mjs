// Makes a checkout ready: packages, a browser with WebGPU, a Vulkan driver for the command line. Says what it did.
// Needs only git, Node and npm to begin with. Safe to run again: what is there is left alone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser } from './browser.mjs'
import { unpackLavapipe } from './lavapipe.mjs'
import { vulkanEnvironment } from './vulkan.mjs'

const root = resolve(fileURLToPath(import.meta.url), '../..')
process.chdir(root)

const say = text => console.log(`setup: ${text}`)

requireNode()
installPackages()
installBrowser()
await installVulkanDriver()

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`setup: Node 20.19 or newer is needed, this is ${process.versions.node}.`)
  process.exit(1)
}

/** npm ci, unless node_modules was made from this very lockfile. */
function installPackages() {
  const digest = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
  const stamp = 'node_modules/.scarp-lockfile'
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return say('packages are up to date')
  say('installing packages (npm ci)')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, digest)
}

function installBrowser() {
  const found = findBrowser()
  if (found) return say(`browser: ${found}`)
  const root = process.getuid?.() === 0
  if (root && available('apt-get')) {
    say('no Chromium or Chrome found: installing the Debian package chromium')
    attempt('apt-get', ['update', '-q'])
    attempt('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], {
      DEBIAN_FRONTEND: 'noninteractive',
    })
  }
  if (!findBrowser()) {
    say("no Chromium or Chrome found: downloading Playwright's own")
    attempt('npx', ['playwright', 'install', 'chromium'])
  }
  const installed = findBrowser()
  if (installed) return say(`browser: ${installed}`)
  console.error(
    'setup: no browser could be installed. Install Chromium or Chrome, or set SCARP_BROWSER to its path.',
  )
  process.exit(1)
}

/** A GPU's own driver, else lavapipe (fast), else the SwiftShader beside the browser (slow, always there). */
async function installVulkanDriver() {
  if (process.platform !== 'linux') return
  const before = vulkanEnvironment().driver
  if (before === 'SwiftShader' || before === 'none found') {
    const problem = unpackLavapipe(root)
    if (problem)
      say(
        `no GPU, and lavapipe could not be had (${problem}): the command line computes on SwiftShader, slowly`,
      )
  }
  say(`Vulkan driver of the command line: ${vulkanEnvironment().driver}`)
}

function available(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

function attempt(command, args, env = {}) {
  return spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0
}

function run(command, args) {
  if (attempt(command, args)) return
  console.error(`setup: "${command} ${args.join(' ')}" failed.`)
  process.exit(1)
}
