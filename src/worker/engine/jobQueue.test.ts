import { expect, test } from 'vitest'
import { createJobQueue } from './jobQueue'

const later = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

test('jobs run one at a time in order, and a failed one does not stop the next', async () => {
  const queue = createJobQueue()
  const seen: string[] = []
  const job = (name: string) => async () => {
    seen.push(`${name} begins`)
    await later(5)
    seen.push(`${name} ends`)
    if (name === 'b') throw new Error('b failed')
  }
  const results = await Promise.allSettled(['a', 'b', 'c'].map(name => queue.run(undefined, job(name))))
  expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('a job that gives up waiting never runs, and the next does not overtake the first', async () => {
  const queue = createJobQueue()
  const seen: string[] = []
  const abort = new AbortController()
  const first = queue.run(undefined, async () => {
    await later(30)
    seen.push('first')
  })
  const second = queue.run(abort.signal, async () => {
    seen.push('second')
  })
  const third = queue.run(undefined, async () => {
    seen.push('third')
  })
  abort.abort()
  await expect(second).rejects.toMatchObject({ code: 'aborted' })
  expect(seen).toEqual([])
  await Promise.all([first, third])
  expect(seen).toEqual(['first', 'third'])
})
