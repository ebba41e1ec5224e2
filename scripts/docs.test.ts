import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
/** Decisions are dated and never rewritten: what they name may have moved. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs')).map(name => `docs/${name}`),
  ...['engine/gpu', 'state', 'storage', 'worker'].map(folder => `src/${folder}/README.md`),
].filter(name => name.endsWith('.md'))
const FOLDERS = 'app|cli|core|engine|lab|map|state|storage|ui|worker'

test.each(PAGES)('%s names only files and pages that are there', page => {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const code = [...text.matchAll(new RegExp(`\`(?:src/)?((?:${FOLDERS})/[\\w./-]+)\``, 'g'))]
  const missing = code
    .map(match => match[1]!)
    .filter(path => !existsSync(join(ROOT, 'src', path)) && !existsSync(join(ROOT, dirname(page), path)))
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(match => match[1]!)
  const broken = links.filter(link => !existsSync(join(ROOT, dirname(page), link)))
  expect([...missing, ...broken]).toEqual([])
  if (page === 'docs/architecture.md') expect(code.length).toBeGreaterThan(30)
})
