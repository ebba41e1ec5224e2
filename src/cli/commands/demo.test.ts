import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { recordingIo, runCommand } from '../commandIo.testing'
import { demoCommand } from './demo'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scarp-demo-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(root, { recursive: true })
})

/** @param stopAfter files after which it is interrupted. */
async function demo(out: string, stopAfter = Number.POSITIVE_INFINITY, ...more: string[]) {
  const stop = new AbortController()
  const { io, notes } = recordingIo(stop.signal)
  let files = 0
  io.progress.update = () => {
    if (++files === stopAfter) stop.abort()
  }
  const argv = ['--out', join(root, out), '--source', '2', '--target', '1', '--size', '32', ...more]
  await runCommand(demoCommand, argv, io)
  return notes.join('\n')
}

/** Every file but the record of the run, by its path. */
function filesOf(out: string): Map<string, string> {
  const folder = join(root, out)
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(
    names
      .filter(name => name.endsWith('.h5'))
      .map(name => [name, readFileSync(join(folder, name)).toString('base64')]),
  )
}

test('one seed gives the same files, byte by byte, on another day', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') })
  await demo('a')
  vi.setSystemTime('2031-05-06T07:08:09Z')
  await demo('b')
  expect(filesOf('a').size).toBe(6)
  expect(filesOf('b')).toEqual(filesOf('a'))
}, 120_000)

test('cut off, the same command starts again without --force; finished, or told otherwise, it asks', async () => {
  await demo('whole')
  await expect(demo('cut', 3)).rejects.toMatchObject({ code: 'aborted' })
  expect(filesOf('cut').size).toBe(4)
  const asks = 'holds an earlier run of scarp demo. --force replaces it'
  await expect(demo('cut', undefined, '--seed', '8')).rejects.toThrow(asks)
  expect(await demo('cut')).toContain('it starts again')
  expect(filesOf('cut')).toEqual(filesOf('whole'))
  await expect(demo('cut')).rejects.toThrow(asks)
}, 120_000)
