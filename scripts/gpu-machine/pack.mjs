// Packs what a Linux machine with an NVIDIA GPU needs to check and time Scarp, with no Node and no network there:
//   node scripts/gpu-machine/pack.mjs [--out <file.tar.gz>]      docs/selftest.md explains it
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleCommandLine } from '../bundle-cli.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(here, '../..')
const MOST_BYTES = 64 * 2 ** 20
const LOADERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  join(root, '.cache/lavapipe/lib'),
  '/usr/lib/chromium',
]

/**
 * @param {string} archive where to write it, .tar.gz
 * @returns {Promise<{ bytes: number, loader: string | null }>} its size, and which Vulkan loader lies in it
 */
export async function packGpuMachine(archive) {
  if (process.platform !== 'linux') throw new Error('The archive holds this Node: pack it on Linux.')
  const work = mkdtempSync(join(tmpdir(), 'scarp-gpu-'))
  try {
    const target = join(work, 'scarp-gpu')
    mkdirSync(join(target, 'lib'), { recursive: true })
    const bundle = dirname(await bundleCommandLine(root))
    cpSync(bundle, join(target, 'dist/cli'), { recursive: true })
    cpSync(join(root, 'models'), join(target, 'models'), { recursive: true })
    for (const name of packagesOf(bundle)) copyPackage(name, target)
    for (const name of ['package.json', 'LICENSE']) copyFileSync(join(root, name), join(target, name))
    for (const name of ['run.sh', 'run.py', 'torch_side.py'])
      copyFileSync(join(here, name), join(target, name))
    copyFileSync(realpathSync(process.execPath), join(target, 'node'))
    for (const name of ['node', 'run.sh']) chmodSync(join(target, name), 0o755)
    const loader =
      LOADERS.map(folder => join(folder, 'libvulkan.so.1')).find(path => existsSync(path)) ?? null
    if (loader) copyFileSync(realpathSync(loader), join(target, 'lib/libvulkan.so.1'))
    mkdirSync(dirname(resolve(archive)), { recursive: true })
    execFileSync('tar', ['-czf', resolve(archive), '-C', work, 'scarp-gpu'])
    const bytes = statSync(archive).size
    if (bytes > MOST_BYTES) throw new Error(`${archive} has ${bytes} bytes, more than 64 MiB.`)
    return { bytes, loader }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/**
 * Packages that the bundle imports at its start, with theirs, and Dawn and the WASM backend. Those that open rasters
 * and databases are fetched when they are needed, and are not: the archive is for `selftest` and `profile`.
 */
function packagesOf(bundle) {
  const names = new Set(['webgpu', '@tensorflow/tfjs-backend-wasm'])
  const files = readdirSync(bundle, { recursive: true }).filter(name => name.endsWith('.js'))
  for (const file of files) {
    const text = readFileSync(join(bundle, file), 'utf8')
    for (const [, name] of text.matchAll(
      /^(?:import|export)[^'"\n]*["']((?:@[\w.-]+\/)?[\w.-]+)[\w./-]*["'];?$/gm,
    )) {
      if (existsSync(join(root, 'node_modules', name, 'package.json'))) names.add(name)
    }
  }
  const bundled = ['webgpu', '@tensorflow/tfjs-backend-wasm']
  for (const name of names) {
    if (bundled.includes(name)) continue
    const { dependencies = {} } = JSON.parse(
      readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'),
    )
    for (const dependency of Object.keys(dependencies)) names.add(dependency)
  }
  return names
}

function copyPackage(name, target) {
  const from = join(root, 'node_modules', name)
  const to = join(target, 'node_modules', name)
  const platform = `${process.platform}-${process.arch}`
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: path => {
      const inside = path.slice(from.length + 1)
      if (inside.endsWith('.map')) return false
      if (name === 'webgpu') return !/^dist\/./.test(inside) || inside.startsWith(`dist/${platform}`)
      // The bundle holds its code; the binaries are read from here.
      if (name === '@tensorflow/tfjs-backend-wasm') return isWasm(path, inside)
      return true
    },
  })
}

function isWasm(path, inside) {
  return statSync(path).isDirectory() ? ['', 'dist'].includes(inside) : /\.wasm$|^package\.json$/.test(inside)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--out')
  const archive = at > 0 ? process.argv[at + 1] : join(root, 'dist/scarp-gpu.tar.gz')
  const { bytes, loader } = await packGpuMachine(archive)
  console.log(`${archive}: ${(bytes / 2 ** 20).toFixed(1)} MiB, Vulkan loader: ${loader ?? 'none found'}`)
}
