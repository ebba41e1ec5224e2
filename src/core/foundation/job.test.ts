import { expect, test } from 'vitest'
import { type PacedProgress, paceProgress } from './job'

/** A job whose reports come at given seconds. */
function job(from = 0) {
  let seconds = 0
  const heard: PacedProgress[] = []
  const report = paceProgress(
    () => seconds * 1000,
    progress => heard.push(progress),
    from,
  )
  return (at: number, done: number, total = 100) => {
    seconds = at
    report({ label: 'Training', done, total })
    const { rate, etaSeconds } = heard.at(-1)!
    return { rate, etaSeconds }
  }
}

test('nothing is known before something is done', () => {
  expect(job()(10, 0)).toEqual({ rate: 0, etaSeconds: null })
})

test('a slow first unit counts while it is all there is, and no longer', () => {
  const at = job()
  expect(at(60, 1)).toEqual({ rate: 1 / 60, etaSeconds: 99 * 60 })
  expect(at(61, 2)).toEqual({ rate: 1, etaSeconds: 98 })
  expect(at(110, 51)).toEqual({ rate: 1, etaSeconds: 49 })
})

test('what was done before says nothing of the pace', () => {
  const at = job(40)
  expect(at(5, 40)).toEqual({ rate: 0, etaSeconds: null })
  expect(at(10, 50)).toEqual({ rate: 1, etaSeconds: 50 })
  expect(at(20, 70)).toEqual({ rate: 2, etaSeconds: 15 })
})

test('a phase that counts from the beginning has a pace of its own', () => {
  const at = job()
  at(1, 50)
  at(2, 100)
  expect(at(3, 0, 10)).toEqual({ rate: 0, etaSeconds: null })
  expect(at(12, 1, 10)).toEqual({ rate: 0.1, etaSeconds: 90 })
  expect(at(14, 2, 10)).toEqual({ rate: 0.5, etaSeconds: 16 })
})
