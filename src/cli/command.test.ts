import { expect, test } from 'vitest'
import { choiceOption, numberOption, parseOptions, textOption } from './command'

const text = { type: 'string' } as const
const parse = (...argv: string[]) => parseOptions(argv, { steps: text, out: text, backend: text })

test('numbers are checked against their range', () => {
  const range = { low: 1, high: 10, whole: true }
  expect(numberOption(parse('--steps', '7'), 'steps', range)).toBe(7)
  expect(numberOption(parse(), 'steps', { fallback: 3 })).toBe(3)
  for (const bad of ['x', '', ' ', '1.5', '0', '11', 'NaN', 'Infinity']) {
    expect(() => numberOption(parse(`--steps=${bad}`), 'steps', range), bad).toThrow(/--steps/)
  }
})

test('a missing or unknown word is named', () => {
  expect(() => textOption(parse(), 'out')).toThrow('--out is missing.')
  expect(() => choiceOption(parse('--backend', 'gpu'), 'backend', ['webgpu', 'cpu'], 'cpu')).toThrow(
    'webgpu, cpu',
  )
  expect(choiceOption(parse(), 'backend', ['webgpu', 'cpu'], 'cpu')).toBe('cpu')
  expect(() => parse('--nonsense')).toThrow('nonsense')
  expect(parse('a', '--out', 'b', 'c').words).toEqual(['a', 'c'])
})
