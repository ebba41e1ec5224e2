import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'

/** The source as the architecture test sees it: path below src -> text. */
export type Source = ReadonlyMap<string, string>

export interface Import {
  file: string
  specifier: string
  /** Of a whole statement: whether it vanishes when types are stripped. */
  typeOnly: boolean
  /** Loaded when it is reached, by `import()`. */
  dynamic: boolean
  /** The file below src that is meant; null: a package, or a file that is no TypeScript. */
  target: string | null
}

export const SOURCE = resolve(import.meta.dirname, '../src')

/** Every production file of src: tests and their helpers are left out. */
export function readSource(): Source {
  const names = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
    name =>
      /\.tsx?$/.test(name) && !/\.(test|bench|testing|d)\.tsx?$/.test(name) && !name.includes('/testing/'),
  )
  return new Map(names.map(name => [name, readFileSync(join(SOURCE, name), 'utf8')]))
}

export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** Static imports, re-exports, `import()` with a literal, workers by `new URL` or `?worker&url`, and types by `import('...')`. */
export function importsOf(source: Source): Import[] {
  return [...source].flatMap(([file, text]) => {
    const code = withoutComments(text)
    const found: Import[] = []
    const add = (specifier: string, typeOnly: boolean, dynamic = false) =>
      found.push({ file, specifier, typeOnly, dynamic, target: resolveTarget(source, file, specifier) })
    const statement = /(?:^|\n)\s*(import|export)\s+(type\s+)?([^'"`;=]*?from\s*)?['"]([^'"]+)['"]/g
    for (const match of code.matchAll(statement)) {
      const everyNameIsType = /^\{(\s*type\s+[\w$]+(\s+as\s+[\w$]+)?\s*,?)+\s*\}\s*from/.test(match[3] ?? '')
      add(match[4]!, Boolean(match[2]) || everyNameIsType)
    }
    for (const match of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) add(match[1]!, false, true)
    for (const match of code.matchAll(/\bnew URL\(\s*['"](\.[^'"]+)['"]/g)) add(match[1]!, false)
    return found
  })
}

function resolveTarget(source: Source, file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null
  const named = specifier.replace(/\?worker&url$/, '')
  const path = posix.normalize(posix.join(posix.dirname(file), named))
  return (
    [path, `${path}.ts`, `${path}.tsx`, posix.join(path, 'index.ts')].find(name => source.has(name)) ?? null
  )
}

/** Groups of files that reach each other by imports, types counted (Tarjan's strongly connected components). */
export function importCircles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>()
  for (const { file, target } of imports) {
    if (target !== null) targets.set(file, [...(targets.get(file) ?? []), target])
  }
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (file: string): void => {
    index.set(file, index.size)
    low.set(file, index.get(file)!)
    stack.push(file)
    for (const target of targets.get(file) ?? []) {
      if (!index.has(target)) visit(target)
      if (stack.includes(target)) low.set(file, Math.min(low.get(file)!, low.get(target)!))
    }
    if (low.get(file) !== index.get(file)) return
    const group = stack.splice(stack.indexOf(file))
    if (group.length > 1 || (targets.get(file) ?? []).includes(file)) circles.push(group.sort())
  }
  for (const file of targets.keys()) if (!index.has(file)) visit(file)
  return circles
}

/** Every file that one of `entries` brings into a program, itself included; types vanish and are not followed. */
export function reachableFrom(entries: readonly string[], imports: readonly Import[]): Set<string> {
  const reached = new Set<string>()
  const waiting = [...entries]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    for (const found of imports) {
      if (found.file === file && !found.typeOnly && found.target !== null) waiting.push(found.target)
    }
  }
  return reached
}
