import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const SOURCE = resolve(import.meta.dirname, '../src')

/** Data flows down this list; a folder may import only from those before it. */
const CORE = [
  'foundation',
  'raster',
  'patches',
  'synthetic',
  'gpu',
  'nn',
  'models',
  'training',
  'parity',
  'refinement',
  'review',
  'export',
]
const WITH_TENSORS = ['gpu', 'nn', 'models', 'training', 'parity', 'refinement']
const WITHOUT_TENSORS = CORE.filter(folder => !WITH_TENSORS.includes(folder)).map(folder => `core/${folder}`)

/** What each layer outside the core may import, besides itself. */
const LAYERS: Record<string, string[]> = {
  storage: WITHOUT_TENSORS,
  worker: [...CORE.map(folder => `core/${folder}`), 'storage'],
  state: [...WITHOUT_TENSORS, 'storage', 'worker'],
  map: [...WITHOUT_TENSORS, 'state'],
  ui: [...WITHOUT_TENSORS, 'state', 'map'],
  app: [...WITHOUT_TENSORS, 'storage', 'worker', 'state', 'map', 'ui'],
  cli: CORE.map(folder => `core/${folder}`),
}

/** Modules of the worker folder that the window may import: they carry no engine. */
const WINDOW_SIDE_OF_WORKER = /^worker\/(client|protocol|rpc\/)/

interface Import {
  file: string
  specifier: string
  typeOnly: boolean
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  name => /\.tsx?$/.test(name) && !/\.(test|bench)\.tsx?$/.test(name) && !name.endsWith('.d.ts'),
)

/** Every static import, re-export and dynamic import with a literal, comments left out. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(SOURCE, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
  const found: Import[] = []
  const statement = /(?:^|\n)\s*(import|export)\s+(type\s+)?([^'"`;]*?from\s*)?['"]([^'"]+)['"]/g
  for (const match of text.matchAll(statement)) {
    const names = match[3] ?? ''
    const everyNameIsType = /^\{(\s*type\s+[\w$]+(\s+as\s+[\w$]+)?\s*,?)+\s*\}\s*from/.test(names)
    found.push({ file, specifier: match[4]!, typeOnly: Boolean(match[2]) || everyNameIsType })
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ file, specifier: match[1]!, typeOnly: false })
  }
  return found
}

/** "core/raster" for src/core/raster/x.ts, "ui" for src/ui/y.tsx. */
function layerOf(path: string): string {
  const parts = path.split('/')
  return parts[0] === 'core' ? `core/${parts[1]}` : parts[0]!
}

const imports = files.flatMap(importsOf)
const internal = imports
  .filter(({ specifier }) => specifier.startsWith('.'))
  .map(entry => ({
    ...entry,
    target: relative(SOURCE, resolve(SOURCE, dirname(entry.file), entry.specifier)),
  }))

function allowed(from: string, to: string): boolean {
  if (from === to) return true
  if (from.startsWith('core/')) {
    const [here, there] = [CORE.indexOf(from.slice(5)), CORE.indexOf(to.slice(5))]
    return to.startsWith('core/') && there >= 0 && there < here
  }
  return LAYERS[from]?.includes(to) ?? false
}

describe('who may import whom', () => {
  test('the guard reads the source', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(internal.length).toBeGreaterThan(200)
    expect(new Set(internal.map(entry => layerOf(entry.file))).size).toBeGreaterThan(15)
  })

  test('every folder is one that the layout names', () => {
    const known = [...CORE.map(folder => `core/${folder}`), ...Object.keys(LAYERS)]
    expect([...new Set(files.map(layerOf))].filter(layer => !known.includes(layer))).toEqual([])
  })

  test('layers import one way', () => {
    const broken = internal
      .filter(entry => !entry.typeOnly && !entry.target.startsWith('..'))
      .filter(entry => !allowed(layerOf(entry.file), layerOf(entry.target)))
      .map(entry => `${entry.file} -> ${entry.target}`)
    expect(broken).toEqual([])
  })

  test('only the engine folders import TensorFlow.js', () => {
    const broken = imports
      .filter(entry => !entry.typeOnly && entry.specifier.startsWith('@tensorflow/'))
      // The address of a binary, not code.
      .filter(entry => !entry.specifier.endsWith('.wasm?url'))
      .filter(entry => !WITH_TENSORS.some(folder => entry.file.startsWith(`core/${folder}/`)))
      .map(entry => `${entry.file} imports ${entry.specifier}`)
    expect(broken).toEqual([])
  })

  test('review and export stay free of tensors', () => {
    const broken = internal
      .filter(entry => !entry.typeOnly && /^core\/(review|export)\//.test(entry.file))
      .filter(entry => WITH_TENSORS.some(folder => entry.target.startsWith(`core/${folder}/`)))
      .map(entry => `${entry.file} -> ${entry.target}`)
    expect(broken).toEqual([])
  })

  test('the window takes only the client side of the workers', () => {
    const broken = internal
      .filter(entry => !entry.typeOnly && /^(state|map|ui|app)\//.test(entry.file))
      .filter(entry => entry.target.startsWith('worker/') && !WINDOW_SIDE_OF_WORKER.test(entry.target))
      .map(entry => `${entry.file} -> ${entry.target}`)
    expect(broken).toEqual([])
  })

  test('the core knows no window, no clock and no chance of its own', () => {
    const forbidden =
      /\b(Math\.random|Date\.now|new Date\(\)|performance\.now|document\.|localStorage|window\.(document|location|navigator|addEventListener|indexedDB))/
    const core = files.filter(file => file.startsWith('core/'))
    expect(core.length).toBeGreaterThan(60)
    const broken = core.filter(file => {
      const code = readFileSync(join(SOURCE, file), 'utf8')
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/\/\/.*$/gm, '')
      return forbidden.test(code)
    })
    expect(broken).toEqual([])
  })

  test('libraries of the window stay out of the core', () => {
    const broken = imports
      .filter(entry => entry.file.startsWith('core/') || entry.file.startsWith('worker/'))
      .filter(entry => /^(react|react-dom|react-aria|zustand|@deck\.gl|@luma\.gl)/.test(entry.specifier))
      .map(entry => `${entry.file} imports ${entry.specifier}`)
    expect(broken).toEqual([])
  })
})
