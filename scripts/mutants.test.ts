import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EQUIVALENT } from './equivalentMutants.mjs'
import { mutantsOf, mutated, probed } from './mutants.mjs'

test('changes operators, limits, texts and statements; types, keys and imports stay', () => {
  const code = `import { A } from 'x'\ntype T = 'a' | 1\nif (n < 2 && a?.b) { key.f({ k: 'v' as T }) }\n`
  expect(mutantsOf(code).map(({ line, to }) => `${line} ${to}`)).toEqual([
    "3 if (true) { key.f({ k: 'v' as T }) }",
    "3 if (false) { key.f({ k: 'v' as T }) }",
    "3 if ((n < 2 || a?.b)) { key.f({ k: 'v' as T }) }",
    "3 if (n <= 2 && a?.b) { key.f({ k: 'v' as T }) }",
    "3 if (n >= 2 && a?.b) { key.f({ k: 'v' as T }) }",
    "3 if (n < 3 && a?.b) { key.f({ k: 'v' as T }) }",
    "3 if (n < 2 && a.b) { key.f({ k: 'v' as T }) }",
    '3 if (n < 2 && a?.b) { {} }',
    "3 if (n < 2 && a?.b) { key.f({ k: '' as T }) }",
  ])
})

test('the source with marks computes the same and marks what it passes', () => {
  const code =
    'let sum = 0\nfor (let i = 0; i < n; i++) {\n  if (i % 2 === 0) continue\n  sum += i\n}\nreturn sum'
  const wrapped = (body: string) => `function f(n, H) {${body}}`
  const mutants = mutantsOf(wrapped(code))
  const marked = new Function(`${probed(wrapped(code), mutants, 'H', 0)}; return f`)() as (
    n: number,
    marks: number[],
  ) => number
  const marks = (n: number) => {
    const hits = new Array<number>(mutants.length).fill(0)
    return { sum: marked(n, hits), passed: mutants.filter((_, i) => hits[i] === 1).map(({ text }) => text) }
  }
  expect(marks(6).sum).toBe(9)
  expect(marks(6).passed).toHaveLength(mutants.length)
  expect(marks(1).passed).not.toContain('-=')
})

test('every mutant listed as equivalent can still be made', () => {
  const root = join(import.meta.dirname, '..')
  for (const { file, from, to, why } of EQUIVALENT) {
    const code = readFileSync(join(root, file), 'utf8')
    const mutant = mutantsOf(code).find(mutant => mutant.from === from && mutant.to === to)
    expect(mutant, `${file}: ${from}`).toBeDefined()
    expect(mutated(code, mutant!)).not.toBe(code)
    expect(why).not.toBe('')
  }
})
