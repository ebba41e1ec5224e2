import { expect, test } from 'vitest'
import { createProgressLine, describeProgress } from './progressLine'

function lineOn(isTTY: boolean) {
  const written: string[] = []
  let clock = 0
  const line = createProgressLine({ isTTY, columns: 80, write: text => written.push(text) }, () => clock)
  return { line, written, tick: (ms: number) => (clock += ms) }
}

test('a terminal has one line, rewritten and ended', () => {
  const { line, written, tick } = lineOn(true)
  line.update({ label: 'Training', done: 1, total: 4 })
  tick(1000)
  line.update({ label: 'Training', done: 2, total: 4 })
  line.clear()
  expect(written).toHaveLength(3)
  expect(written[1]).toContain('\r')
  expect(written[1]).toContain('50%')
  expect(written[1]).toContain('2 s left')
  expect(written[2]).toBe('\n')
})

test('a job that is resumed in the middle has the pace of what it does now', () => {
  const { line, written, tick } = lineOn(true)
  line.update({ label: 'Generating', done: 72, total: 72 })
  line.update({ label: 'Training', done: 1801, total: 2700 })
  expect(written.at(-1)).not.toContain('left')
  tick(2000)
  line.update({ label: 'Training', done: 1803, total: 2700 })
  expect(written.at(-1)).toContain('66%')
  expect(written.at(-1)).toContain('1.0/s - 14 min 57 s left')
})

test('a log has plain lines, now and then', () => {
  const { line, written, tick } = lineOn(false)
  for (let done = 1; done <= 100; done++) {
    line.update({ label: 'Training', done, total: 100 })
    tick(100)
  }
  expect(written.length).toBeLessThan(6)
  expect(written.every(text => text.endsWith('\n') && !text.includes('\r'))).toBe(true)
  expect(written.at(-1)).toContain('100%')
})

test('time left reads like a clock', () => {
  const describe = (etaSeconds: number | null) =>
    describeProgress({ label: 'x', done: 1, total: 2, rate: 0.5, etaSeconds })
  expect(describe(7)).toContain('7 s left')
  expect(describe(65)).toContain('1 min 5 s left')
  expect(describe(3700)).toContain('1 h 1 min left')
  expect(describe(null)).not.toContain('left')
})
