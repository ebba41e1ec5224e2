import { describe, expect, it, test } from 'vitest'
import { bandExpression, evaluateExpression, parseBandExpression } from './bandExpression'

/** One pixel: B1 0.01, B2 0.02 ... B12 0.12, slope 30, DEM 1500. */
const data = Float32Array.from([...Array.from({ length: 12 }, (_, i) => (i + 1) * 100), 30, 1500])
const one = { data, valid: null, width: 1, height: 1 }

function value(text: string): number {
  return evaluateExpression(bandExpression(text), one)[0]!
}

describe('evaluates', () => {
  it.each([
    ['B4', 0.04],
    [' b04 ', 0.04],
    ['slope', 30],
    ['DEM', 1500],
    ['elevation/1000', 1.5],
    ['(B8-B4)/(B8+B4)', 0.04 / 0.12],
    ['B12/B8', 1.5],
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['8 - 3 - 2', 3],
    ['8 / 4 / 2', 1],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['--3', 3],
    ['- + -3', 3],
    ['1.5e1 + .5', 15.5],
    ['min(3, 1, 2)', 1],
    ['MAX(B1, B2)', 0.02],
    ['abs(B1 - B2)', 0.01],
    ['sqrt(16)', 4],
    ['log(exp(2))', 2],
    ['clamp(slope, 0, 25)', 25],
    ['clamp(-1, 0, 25)', 0],
  ])('%s', (text, expected) => expect(value(text)).toBeCloseTo(expected, 5))

  it('gives NaN, never infinity, where a pixel has no value', () => {
    expect(value('1 / (B1 - B1)')).toBeNaN()
    expect(value('sqrt(B1 - B2)')).toBeNaN()
    expect(value('exp(9999)')).toBeNaN()
    expect(value('1e30 * 1e30')).toBeNaN()
  })

  it('works across chunks and leaves invalid pixels out', () => {
    const area = 5000
    const many = Float32Array.from(
      { length: 14 * area },
      (_, i) => Math.floor(i / area) * 1000 + (i % area) / 10,
    )
    const valid = new Uint8Array(area).fill(1)
    valid[4999] = 0
    const result = evaluateExpression(bandExpression('B2 - B1 * 0'), {
      data: many,
      valid,
      width: 50,
      height: 100,
    })
    expect(result[0]).toBeCloseTo(0.1, 6)
    expect(result[4998]).toBeCloseTo(0.14998, 6)
    expect(result[4999]).toBeNaN()
  })
})

test('a lone band keeps its unit, anything else has none', () => {
  expect(bandExpression('(b12)').single?.name).toBe('B12')
  expect(bandExpression('slope').single?.unit).toBe('degree')
  expect(bandExpression('B12 + 0').single).toBeNull()
})

describe('refuses, and says where', () => {
  it.each([
    ['', 0, /Type an expression/],
    ['B8 -', 4, /missing at the end/],
    ['B8 B4', 3, /operator is missing/],
    ['(B8 - B4', 0, /never closed/],
    ['B8)', 2, /closes nothing/],
    ['B13', 0, /no B13/],
    ['B4 + B8A', 5, /B8A is not among/],
    ['red / B4', 0, /"red" is no band/],
    ['sqrt', 4, /needs brackets/],
    ['sqrt(B1, B2)', 0, /takes 1 value, not 2/],
    ['1 + min(B1)', 4, /takes 2 to 8 values, not 1/],
    ['clamp(B1, 0)', 0, /takes 3 values/],
    ['B1 * * B2', 5, /expected, not "\*"/],
    ['B1; alert(1)', 2, /operator is missing/],
    ['B1 = 2', 3, /operator is missing/],
    ['1e999', 0, /too large/],
    ['min(B1 B2)', 7, /closing bracket is expected/],
    ['()', 1, /expected, not "\)"/],
  ])('%j', (text, at, message) => {
    const { problem } = parseBandExpression(text)
    expect(problem?.message).toMatch(message)
    expect(problem?.at).toBe(at)
  })

  it.each([
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
    ['toString(1)', 'toString'],
    ['globalThis', 'globalThis'],
    ['this', 'this'],
  ])('%s, which an object would know', text => {
    expect(parseBandExpression(text).problem?.message).toMatch(/is no band/)
  })

  it('text without end and nesting without end', () => {
    expect(parseBandExpression('1+'.repeat(1e5)).problem?.message).toMatch(/200 characters/)
    expect(parseBandExpression(`${'('.repeat(60)}1${')'.repeat(60)}`).problem?.message).toMatch(/deeply/)
    expect(parseBandExpression(`${'2^'.repeat(90)}2`).problem?.message).toMatch(/deeply/)
    expect(parseBandExpression(`${'-'.repeat(150)}B1`).expression).not.toBeNull()
  })

  it('as an AppError that names the position from 1', () => {
    expect(() => bandExpression('B4 + B99')).toThrow(
      expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining('character 6') }),
    )
  })
})
