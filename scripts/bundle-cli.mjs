import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Bundles src/cli/main.ts to dist/cli/main.js, and beside it the thread that decodes, if anything under src is newer, and returns the bundle's path.
 * The bundle is built aside and moved into place, so that commands started together do not disturb each other.
 * @param {string} root the checkout
 * @returns {Promise<string>}
 */
export function bundleCommandLine(root) {
  return bundleForNode(root, 'cli', { main: 'src/cli/main.ts', decoding: 'src/cli/decoding.ts' })
}

/**
 * Bundles programs that run in Node to dist/<name>, as the command line is.
 * @param {string} root the checkout
 * @param {string} name of the folder
 * @param {Record<string, string>} programs entries below the checkout, by the name of their bundle
 * @returns {Promise<string>} the first bundle's path
 */
export async function bundleForNode(root, name, programs) {
  const folder = join(root, 'dist', name)
  const entry = join(folder, `${Object.keys(programs)[0]}.js`)
  if (existsSync(entry) && statSync(entry).mtimeMs > newestChange(root)) return entry
  const aside = join(root, `dist/.${name}-${process.pid}`)
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
        input: Object.fromEntries(Object.entries(programs).map(([key, path]) => [key, join(root, path)])),
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
  const files = ['src', 'scripts'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true }),
  )
  const times = files
    .filter(file => file.isFile())
    .map(file => statSync(join(file.parentPath, file.name)).mtimeMs)
  return Math.max(statSync(join(root, 'package.json')).mtimeMs, ...times)
}
