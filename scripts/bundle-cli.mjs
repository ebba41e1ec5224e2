import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Bundles src/cli/main.ts to dist/cli/main.js, and beside it the thread that decodes, if anything under src is newer, and returns the bundle's path.
 * The bundle is built aside and moved into place, so that commands started together do not disturb each other.
 * @param {string} root the checkout
 * @returns {Promise<string>}
 */
export async function bundleCommandLine(root) {
  const folder = join(root, 'dist/cli')
  const entry = join(folder, 'main.js')
  if (existsSync(entry) && statSync(entry).mtimeMs > newestChange(root)) return entry
  const aside = join(root, `dist/.cli-${process.pid}`)
  const { build } = await import('vite')
  mkdirSync(aside, { recursive: true })
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      ssr: true,
      outDir: aside,
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      // The WASM backend's glue is written for CommonJS and asks for these.
      rolldownOptions: {
        input: { main: join(root, 'src/cli/main.ts'), decoding: join(root, 'src/cli/decoding.ts') },
        output: { banner: 'const __filename = import.meta.filename, __dirname = import.meta.dirname' },
      },
    },
    // TensorFlow.js ships extensionless ES modules that Node cannot load: they go into the bundle.
    ssr: { noExternal: [/@tensorflow\//], target: 'node' },
  })
  rmSync(folder, { recursive: true, force: true })
  renameSync(aside, folder)
  return entry
}

function newestChange(root) {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  const times = files
    .filter(file => file.isFile())
    .map(file => statSync(join(file.parentPath, file.name)).mtimeMs)
  return Math.max(statSync(join(root, 'package.json')).mtimeMs, ...times)
}
