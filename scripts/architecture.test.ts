import { describe, expect, test } from 'vitest'
import {
  type Import,
  importCircles,
  importsOf,
  reachableFrom,
  readSource,
  type Source,
  withoutComments,
} from './imports'

/** Data flows down this list: a folder of the core may import those above it. */
const CORE = [
  'foundation',
  'raster',
  'patches',
  'scenes',
  'masks',
  'rounds',
  'review',
  'project',
  'inventory',
  'export',
  'results',
  'synthetic',
].map(name => `core/${name}`)
/** The same within the engine, which may import all of the core too. `engine` is its door, index.ts. */
const ENGINE = ['gpu', 'nn', 'models', 'training', 'refinement', 'selftest'].map(name => `engine/${name}`)

/** Everything else: what each layer may import besides itself. */
const LAYERS: Record<string, string[]> = {
  engine: [...CORE, ...ENGINE],
  storage: CORE,
  worker: [...CORE, 'engine', 'storage'],
  state: [...CORE, 'storage', 'worker'],
  map: [...CORE, 'state'],
  // Of the workers' calls the types alone, as below.
  ui: [...CORE, 'worker', 'state', 'map'],
  app: [...CORE, 'storage', 'worker', 'state', 'map', 'ui'],
  'cli/node': [...CORE, 'engine'],
  // What never ships may look behind the engine's door.
  lab: [...CORE, 'engine', ...ENGINE, 'cli/node'],
  cli: [...CORE, 'engine', 'cli/node', 'lab'],
}

/** Behind the engine's door, and yet loaded by others: it starts WebGPU in Node and must be in no browser. */
const DAWN = 'engine/gpu/node/dawn.ts'
/** The program of a thread that helps WASM, which is to load nothing else of the engine; and the worker that is this thread. */
const THREAD = 'engine/gpu/wasm/thread.ts'
const THREAD_WORKER = 'worker/wasmThread.worker.ts'
/** What the window may import of the worker folder: the client and the types of its calls. */
const WINDOW_SIDE_OF_WORKER = /^worker\/(client|protocol\w*)\.ts$|^worker\/rpc\//
const WINDOW = ['state', 'map', 'ui', 'app']
/** What shows the state, apart from what changes it. */
const INTERFACE = /^(map|ui|app)\//
/** The programs that a browser loads. */
const STUDIO_ENTRIES = [
  'app/main.tsx',
  'app/offline/worker.ts',
  'worker/decoding.worker.ts',
  'worker/engine.worker.ts',
  'worker/files.worker.ts',
  THREAD_WORKER,
]

/** "core/raster" for core/raster/x.ts, "engine" for engine/index.ts, "ui" for ui/y.tsx. */
function layerOf(path: string): string {
  const [top, second] = path.split('/')
  if (top === 'core' || (top === 'engine' && second !== 'index.ts')) return `${top}/${second}`
  return path.startsWith('cli/node/') ? 'cli/node' : top!
}

function allowed(from: string, to: string): boolean {
  if (from === to) return true
  for (const list of [CORE, ENGINE]) {
    if (list.includes(from) && list.includes(to)) return list.indexOf(to) < list.indexOf(from)
  }
  if (ENGINE.includes(from)) return CORE.includes(to)
  return LAYERS[from]?.includes(to) ?? false
}

function brokenLayers(imports: readonly Import[]): string[] {
  return imports
    .filter(({ file, target }) => target !== null && !allowed(layerOf(file), layerOf(target)))
    .filter(({ file, target }) => !(layerOf(file) === 'cli/node' && target === DAWN))
    .filter(({ file, target }) => !(file === THREAD_WORKER && target === THREAD))
    .map(({ file, target, typeOnly }) => `${file} -> ${target}${typeOnly ? ' (types)' : ''}`)
}

/** The store's `change`, called or handed on; the interface calls the actions of src/state. */
const CHANGES_STATE = /\bstore\??\.change\b|\.change\(|\{[^{}]*\bchange\b[^{}]*\}\s*=\s*[^\n]*\bstore\b/

function changesState(source: Source): string[] {
  return [...source]
    .filter(([file, text]) => INTERFACE.test(file) && CHANGES_STATE.test(withoutComments(text)))
    .map(([file]) => file)
}

/** Nobody may see these changes of several features half done. */
const CHANGES_SEVERAL = ['state/session/openProject.ts', 'state/models/predictionBuffer.ts']

/** "state/rounds/x.ts sets models": changes of the store that name another feature than the file's own. */
function foreignChanges(source: Source): string[] {
  const features = new Set([...source.keys()].flatMap(file => /^state\/(\w+)\//.exec(file)?.[1] ?? []))
  return [...source].flatMap(([file, text]) => {
    const own = /^state\/(\w+)\//.exec(file)?.[1]
    if (!own || CHANGES_SEVERAL.includes(file)) return []
    return changesOf(withoutComments(text))
      .flatMap(change => [...change.matchAll(/(?<![\w.])(\w+): \{/g)])
      .flatMap(([, name]) => (features.has(name!) && name !== own ? [`${file} sets ${name}`] : []))
  })
}

/** What stands in the brackets of each `store.change(...)`, without the parameters of a function there. */
function changesOf(text: string): string[] {
  return [...text.matchAll(/\bstore\s*\.change\(/g)].map(match => {
    const start = match.index + match[0].length
    let end = start
    for (let depth = 1; depth > 0; end++) {
      if ('([{'.includes(text[end]!)) depth++
      else if (')]}'.includes(text[end]!)) depth--
    }
    return text.slice(start, end - 1).replace(/^\s*\([^)]*\)\s*=>/, '')
  })
}

/** Changed while the program runs, and shared by all studios of a page or a test. */
const SHARED_BY_STUDIOS = [/^(export )?let\s/m, /\b(Weak)?(Map|Set)<\s*Studio\b/]

function sharedByStudios(source: Source): string[] {
  return [...source]
    .filter(([file]) => /^(state|map)\//.test(file))
    .filter(([, text]) => SHARED_BY_STUDIOS.some(pattern => pattern.test(withoutComments(text))))
    .map(([file]) => file)
}

const source = readSource()
const files = [...source.keys()]
const imports = importsOf(source)
const internal = imports.filter(({ target }) => target !== null)

describe('who may import whom', () => {
  test('the guard reads the source', () => {
    expect(files.length).toBeGreaterThan(200)
    expect(internal.length).toBeGreaterThan(1000)
    expect(internal.filter(({ typeOnly }) => typeOnly).length).toBeGreaterThan(200)
    expect(new Set(internal.map(({ file }) => layerOf(file))).size).toBeGreaterThan(20)
  })

  test('every import of a file leads to a file that was read', () => {
    const lost = imports.filter(
      ({ specifier, target }) =>
        specifier.startsWith('.') && target === null && !/\.(css|svg|json|wasm\?url)$/.test(specifier),
    )
    expect(lost.map(({ file, specifier }) => `${file} -> ${specifier}`)).toEqual([])
  })

  test('every folder is one that the layout names', () => {
    const known = [...CORE, ...ENGINE, ...Object.keys(LAYERS)]
    expect([...new Set(files.map(layerOf))].filter(layer => !known.includes(layer))).toEqual([])
    expect(known.filter(layer => !files.some(file => layerOf(file) === layer))).toEqual([])
  })

  test('layers import one way, types included', () => {
    expect(brokenLayers(imports)).toEqual([])
  })

  test('no file imports itself by way of others, types included', () => {
    expect(importCircles(imports)).toEqual([])
  })

  test('only the engine, and the lab that tests it, import TensorFlow.js', () => {
    const tensorFlow = imports
      .filter(({ specifier }) => specifier.startsWith('@tensorflow/'))
      // The address of a binary, not code.
      .filter(({ specifier }) => !specifier.endsWith('.wasm?url'))
    expect(tensorFlow.length).toBeGreaterThan(20)
    expect(tensorFlow.filter(({ file }) => !/^(engine|lab)\//.test(file))).toEqual([])
  })

  test('the window takes only the client side of the workers', () => {
    const taken = internal.filter(
      ({ file, target }) => WINDOW.includes(layerOf(file)) && target!.startsWith('worker/'),
    )
    expect(taken.length).toBeGreaterThan(0)
    expect(taken.filter(({ target }) => !WINDOW_SIDE_OF_WORKER.test(target!))).toEqual([])
  })

  test('the core and the engine know no window, no clock and no chance of their own', () => {
    const forbidden =
      /\b(Math\.random|Date\.now|new Date\(\)|performance\.now|document\.|localStorage|window\.(document|location|navigator|addEventListener|indexedDB))/
    const pure = files.filter(file => /^(core|engine)\//.test(file))
    expect(pure.length).toBeGreaterThan(60)
    expect(pure.filter(file => forbidden.test(withoutComments(source.get(file)!)))).toEqual([])
  })

  test('what belongs to a studio is in no variable of a module', () => {
    const read = files.filter(file => /^(state|map)\//.test(file))
    expect(read.length).toBeGreaterThan(50)
    expect(read).toContain('map/tileSource.ts')
    expect(sharedByStudios(source)).toEqual([])
  })

  test('the interface changes the state through actions alone', () => {
    expect(files.filter(file => INTERFACE.test(file)).length).toBeGreaterThan(50)
    expect(changesState(source)).toEqual([])
  })

  test('zod comes from core/foundation/schema, which keeps it from probing for eval', () => {
    const direct = imports.filter(({ specifier }) => specifier === 'zod')
    expect(direct.map(({ file }) => file)).toEqual(['core/foundation/schema.ts'])
  })

  test('a feature changes the fields of others through their actions', () => {
    const changes = files
      .filter(file => file.startsWith('state/'))
      .flatMap(file => changesOf(source.get(file)!))
    expect(changes.length).toBeGreaterThan(80)
    expect(CHANGES_SEVERAL.filter(file => !source.has(file))).toEqual([])
    expect(foreignChanges(source)).toEqual([])
  })

  test('libraries of the window stay out of the core, the engine and the workers', () => {
    const broken = imports
      .filter(({ file }) => /^(core|engine|worker|storage|cli|lab)\//.test(file))
      .filter(({ specifier }) => /^(react|react-dom|react-aria|zustand|@deck\.gl|@luma\.gl)/.test(specifier))
    expect(broken.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([])
  })
})

describe('what the studio loads', () => {
  const studio = reachableFrom(STUDIO_ENTRIES, imports)

  test('is followed from its programs into the engine', () => {
    expect(STUDIO_ENTRIES.filter(entry => !source.has(entry))).toEqual([])
    expect(studio.size).toBeGreaterThan(200)
    expect(studio.has('engine/gpu/startEngine.ts')).toBe(true)
  })

  test('has nothing of the lab and of the command line', () => {
    expect(files.filter(file => file.startsWith('lab/')).length).toBeGreaterThan(10)
    expect([...studio].filter(file => /^(lab|cli)\//.test(file) || file === DAWN)).toEqual([])
  })

  test('has the engine in its own worker alone', () => {
    const owners = ['worker/engine.worker.ts', THREAD_WORKER]
    const others = STUDIO_ENTRIES.filter(entry => !owners.includes(entry))
    const client = imports.filter(({ file }) => file !== 'worker/client.ts')
    expect([...reachableFrom(others, client)].filter(file => file.startsWith('engine/'))).toEqual([])
  })
})

test("what helps WASM loads that backend's loops, and no TensorFlow.js", () => {
  const code = imports.filter(({ typeOnly }) => !typeOnly)
  const loaded = reachableFrom([THREAD_WORKER], code)
  expect(loaded.has(THREAD)).toBe(true)
  expect(loaded.size).toBeGreaterThan(5)
  expect([...loaded].filter(file => !/^engine\/gpu\/wasm\/|^worker\/wasmThread/.test(file))).toEqual([])
  const libraries = code.filter(({ file, target }) => loaded.has(file) && target === null)
  expect(libraries.map(({ specifier }) => specifier)).toEqual([])
})

describe('what the command line loads', () => {
  test('to explain and to refuse has nothing of the engine', () => {
    const atOnce = imports.filter(({ dynamic }) => !dynamic)
    const loaded = reachableFrom(['cli/main.ts'], atOnce)
    expect(loaded.size).toBeGreaterThan(15)
    expect([...loaded].filter(file => file.startsWith('engine/'))).toEqual([])
    expect(reachableFrom(['cli/main.ts'], imports).has('engine/gpu/startEngine.ts')).toBe(true)
  })
})

describe('the guards turn red', () => {
  const planted = (file: string, text: string) => importsOf(new Map([...source, [file, text]]))

  test('on a type imported against the layers', () => {
    const type = "import type { Studio } from '../../state/studio'\nexport type Planted = Studio\n"
    expect(brokenLayers(planted('core/raster/planted.ts', type))).toEqual([
      'core/raster/planted.ts -> state/studio.ts (types)',
    ])
    const behindTheDoor = "import { startEngine } from '../engine/gpu/startEngine'\nstartEngine()\n"
    expect(brokenLayers(planted('worker/planted.ts', behindTheDoor))).toEqual([
      'worker/planted.ts -> engine/gpu/startEngine.ts',
    ])
  })

  test('on a variable that all studios share', () => {
    const planted = new Map([
      ['state/a.ts', 'const timers = new WeakMap<Studio, number>()\n'],
      ['map/b.ts', 'const sources: Map<Studio, number> = new Map()\n'],
      ['state/c.ts', 'let count = 0\n'],
      ['state/d.ts', 'const known = new WeakMap<Uint8Array, number>()\nfunction f() {\n  let x = 0\n}\n'],
      ['ui/e.ts', 'let count = 0\n'],
    ])
    expect(sharedByStudios(planted)).toEqual(['state/a.ts', 'map/b.ts', 'state/c.ts'])
  })

  test('on a change of the state past the actions', () => {
    const planted = new Map([
      ['ui/a.tsx', 'const close = () => studio.store.change({ shell: { dialog: null } })\n'],
      ['map/b.ts', 'this.studio.store\n  .change({ layers: { showMask: true } })\n'],
      ['app/c.ts', 'const { change } = studio.store\n'],
      ['app/d.ts', 'follow(store.change)\n'],
      ['ui/e.tsx', '// studio.store.change(x)\nconst text = change(a, b)\n<Slider onChange={change} />\n'],
      ['state/f.ts', 'store.change({ shell: { dialog: null } })\n'],
    ])
    expect(changesState(planted)).toEqual(['ui/a.tsx', 'map/b.ts', 'app/c.ts', 'app/d.ts'])
  })

  test('on a change of another feature', () => {
    const planted = new Map([
      ['state/shell/a.ts', 'store.change(({ shell: { jobs } }) => ({ shell: { jobs: after(jobs) } }))\n'],
      ['state/rounds/b.ts', 'studio.store.change({ rounds: { live: null }, shell: { dialog: null } })\n'],
      [
        'state/rounds/c.ts',
        'store.change(({ shell: { jobs } }) => ({ rounds: { pausing: Boolean(jobs) } }))\n',
      ],
      ['state/rounds/d.ts', 'store.change(state => {\n  return { shell: { dialog: null } }\n})\n'],
    ])
    expect(foreignChanges(planted)).toEqual(['state/rounds/b.ts sets shell', 'state/rounds/d.ts sets shell'])
  })

  test('on a circle, made of types alone too', () => {
    const circle = new Map([
      ['core/raster/a.ts', "import { b } from './b'\nexport const a = b\n"],
      ['core/raster/b.ts', "import type { a } from './c'\nexport const b = 1\n"],
      ['core/raster/c.ts', "export type { a } from './a'\n"],
      ['core/raster/d.ts', "import { a } from './a'\nexport const d = a\n"],
    ])
    expect(importCircles(importsOf(circle))).toEqual([
      ['core/raster/a.ts', 'core/raster/b.ts', 'core/raster/c.ts'],
    ])
  })
})
