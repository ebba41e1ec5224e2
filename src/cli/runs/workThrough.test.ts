import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { recordingIo } from '../commandIo.testing'
import type { Run, RunInput } from './manifest'
import { workThrough } from './workThrough'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-shard-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Works through a shard of two inputs; `work` is what happens to the first. */
async function shard(work: () => Promise<void>) {
  const inputs = ['first', 'second', 'of another'].map(
    (name, i) => ({ name, shard: i < 2 ? 0 : 1 }) as RunInput,
  )
  const run = { folder, hash: '', manifest: { inputs } } as unknown as Run
  const done: string[] = []
  const code = await workThrough(run, 0, 'prediction', recordingIo().io, {
    isDone: async () => false,
    async work({ name }) {
      if (name === 'first') await work()
      done.push(name)
    },
  })
  return { code, done }
}

const failing = (code: AppError['code']) => () => Promise.reject(new AppError(code, 'on purpose'))

test('an input that is damaged fails for good, and the others are done', async () => {
  expect(await shard(failing('file-malformed'))).toEqual({ code: 42, done: ['second'] })
  const failure = JSON.parse(await readFile(join(folder, 'failures/first.json'), 'utf8'))
  expect(failure).toEqual({ input: 'first', code: 'file-malformed', message: 'on purpose' })
  // It is not tried again.
  expect(await shard(async () => {})).toEqual({ code: 42, done: ['second'] })
})

test('a fault of the machine is tried again, and a lost GPU at once', async () => {
  expect(await shard(failing('file-unreadable'))).toEqual({ code: 75, done: ['second'] })
  expect(await shard(failing('gpu-lost'))).toEqual({ code: 75, done: [] })
  expect(await shard(async () => {})).toEqual({ code: 0, done: ['first', 'second'] })
})

test('an input at which workers die is given up after five', async () => {
  for (let time = 0; time < 5; time++) expect((await shard(failing('gpu-lost'))).code).toBe(75)
  expect(await shard(async () => {})).toEqual({ code: 42, done: ['second'] })
  expect(await readFile(join(folder, 'failures/first.json'), 'utf8')).toContain('It was tried 5 times')
})

test('one whose worker was asked to stop is never given up: it is only longer than its jobs', async () => {
  for (let time = 0; time < 20; time++) expect((await shard(failing('aborted'))).code).toBe(75)
  expect(await shard(async () => {})).toEqual({ code: 0, done: ['first', 'second'] })
})
